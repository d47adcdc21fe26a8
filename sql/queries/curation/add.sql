-- curation_add: a record of the engine, once; returns nothing.
--   :json    text of funnel.json
--   :record  its SHA-256
--   :at      unix microseconds
INSERT INTO curation (record, name, sha256, source, options, upright, blurred, own_test,
                      recorded_at)
SELECT :record, :json ->> 'name', :json ->> 'sha256', :json ->> 'source', :json -> 'options',
       :json ->> 'upright', :json ->> 'blurred', :json ->> 'own_test', :at
WHERE true
ON CONFLICT DO NOTHING
