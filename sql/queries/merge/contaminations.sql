-- merge_contaminations: contamination of curations that have none here; returns nothing.
INSERT INTO main.contamination (curation_id, ordinal, key, test, test_image, distance, cosine)
SELECT c.curation_id, r.ordinal, r.key, r.test, r.test_image, r.distance, r.cosine
FROM other.contamination r
JOIN other.curation o USING (curation_id)
JOIN main.curation c ON c.record = o.record
WHERE true
ON CONFLICT DO NOTHING
