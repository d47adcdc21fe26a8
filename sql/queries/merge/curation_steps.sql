-- merge_curation_steps: steps of curations that have none here; returns nothing.
INSERT INTO main.curation_step (curation_id, ordinal, step, what, ran, note, images_in, images_out)
SELECT c.curation_id, r.ordinal, r.step, r.what, r.ran, r.note, r.images_in, r.images_out
FROM other.curation_step r
JOIN other.curation o USING (curation_id)
JOIN main.curation c ON c.record = o.record
WHERE true
ON CONFLICT DO NOTHING
