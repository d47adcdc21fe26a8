-- curation_add_tests: the test splits that a record was held against; returns nothing.
--   :json    text of funnel.json
--   :record  its SHA-256
INSERT INTO curation_test (curation_id, ordinal, test_name, test_sha256, images, hits)
SELECT curation_id, item.key, item.value ->> 'name', item.value ->> 'sha256',
       item.value ->> 'images', item.value ->> 'hits'
FROM curation, json_each(:json, '$.tests') item
WHERE record = :record
ON CONFLICT DO NOTHING
