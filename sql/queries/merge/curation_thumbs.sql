-- merge_curation_thumbs: pictures of curations that have none here; returns nothing.
INSERT INTO main.curation_thumb (curation_id, ordinal, step, key, jpeg)
SELECT c.curation_id, r.ordinal, r.step, r.key, r.jpeg
FROM other.curation_thumb r
JOIN other.curation o USING (curation_id)
JOIN main.curation c ON c.record = o.record
WHERE true
ON CONFLICT DO NOTHING
