-- curation_add_steps: the steps of a record; returns nothing.
--   :json    text of funnel.json
--   :record  its SHA-256
INSERT INTO curation_step (curation_id, ordinal, step, what, ran, note, images_in, images_out)
SELECT curation_id, item.key, item.value ->> 'step', item.value ->> 'what', item.value ->> 'ran',
       item.value ->> 'note', item.value ->> 'images_in', item.value ->> 'images_out'
FROM curation, json_each(:json, '$.steps') item
WHERE record = :record
ON CONFLICT DO NOTHING
