-- curation_add_reasons: what the steps of a record counted; returns nothing.
--   :json    text of funnel.json
--   :record  its SHA-256
INSERT INTO curation_reason (curation_id, ordinal, step, reason, drops, images)
SELECT curation_id, item.key, item.value ->> 'step', item.value ->> 'reason',
       item.value ->> 'drops', item.value ->> 'images'
FROM curation, json_each(:json, '$.reasons') item
WHERE record = :record
ON CONFLICT DO NOTHING
