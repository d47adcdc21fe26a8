-- merge_curation_tests: test splits of curations that have none here; returns nothing.
INSERT INTO main.curation_test (curation_id, ordinal, test_name, test_sha256, images, hits)
SELECT c.curation_id, r.ordinal, r.test_name, r.test_sha256, r.images, r.hits
FROM other.curation_test r
JOIN other.curation o USING (curation_id)
JOIN main.curation c ON c.record = o.record
WHERE true
ON CONFLICT DO NOTHING
