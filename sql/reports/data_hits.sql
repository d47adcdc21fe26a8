-- data_hits: one row a training image that was a picture of a test split, and was left out.
SELECT c.name AS data, h.key, t.test_name AS test, h.test_image,
       iif(h.distance < 0, 'same bytes', h.distance || ' bits') AS distance,
       round(h.cosine, 3) AS cosine
FROM contamination h
JOIN curation c USING (curation_id)
JOIN curation_test t ON t.curation_id = h.curation_id AND t.ordinal = h.test
WHERE h.curation_id IN (SELECT curation_id FROM funnel)
ORDER BY c.name, h.curation_id, h.ordinal
LIMIT 100
