-- curation_add_thumbs: pictures of what the steps of a record dropped; returns nothing.
--   :json    text of funnel.json
--   :record  its SHA-256
INSERT INTO curation_thumb (curation_id, ordinal, step, key, jpeg)
SELECT curation_id, item.key, item.value ->> 'step', item.value ->> 'key', item.value ->> 'jpeg'
FROM curation, json_each(:json, '$.thumbs') item
WHERE record = :record
ON CONFLICT DO NOTHING
