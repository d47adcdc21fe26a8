-- curation_add_hits: training images of a record that were pictures of test splits; returns nothing.
--   :json    text of funnel.json
--   :record  its SHA-256
INSERT INTO contamination (curation_id, ordinal, key, test, test_image, distance, cosine)
SELECT curation_id, item.key, item.value ->> 'key', item.value ->> 'test',
       item.value ->> 'image', item.value ->> 'distance', item.value ->> 'cosine'
FROM curation, json_each(:json, '$.hits') item
WHERE record = :record
ON CONFLICT DO NOTHING
