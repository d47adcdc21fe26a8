-- data_thumbs: one row a small picture of what a step dropped, in base64.
SELECT c.name AS data, s.step, s.what, t.key, t.jpeg
FROM curation_thumb t
JOIN curation c USING (curation_id)
JOIN curation_step s ON s.curation_id = t.curation_id AND s.step = t.step
WHERE t.curation_id IN (SELECT curation_id FROM funnel)
ORDER BY c.name, t.curation_id, s.ordinal, t.ordinal
