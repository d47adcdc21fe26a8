-- merge_curations: records of curations that are not here; returns nothing.
INSERT INTO main.curation (record, name, sha256, source, options, upright, blurred, own_test,
                           recorded_at)
SELECT record, name, sha256, source, options, upright, blurred, own_test, recorded_at
FROM other.curation
ORDER BY curation_id
ON CONFLICT DO NOTHING
