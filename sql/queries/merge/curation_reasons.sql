-- merge_curation_reasons: what curations counted that have nothing here; returns nothing.
INSERT INTO main.curation_reason (curation_id, ordinal, step, reason, drops, images)
SELECT c.curation_id, r.ordinal, r.step, r.reason, r.drops, r.images
FROM other.curation_reason r
JOIN other.curation o USING (curation_id)
JOIN main.curation c ON c.record = o.record
WHERE true
ON CONFLICT DO NOTHING
