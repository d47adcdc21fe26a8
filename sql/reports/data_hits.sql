-- data_hits: one row a training image that was a picture of a test split, and was left out.
--   :sweep  name of a sweep, as launched last: data sets that its runs read; NULL: all
WITH used AS (
    SELECT k.value AS sha256 FROM sweep_cells s JOIN cell_key k USING (cell_id)
     WHERE s.sweep = :sweep AND s.launched AND k.key = 'data.sha256'
    UNION
    SELECT m.sha256 FROM sweep_cells s JOIN cell_source m USING (cell_id)
     WHERE s.sweep = :sweep AND s.launched
)
SELECT c.name AS data, h.key, t.test_name AS test, h.test_image,
       iif(h.distance < 0, 'same bytes', h.distance || ' bits') AS distance,
       round(h.cosine, 3) AS cosine
FROM contamination h
JOIN curation c USING (curation_id)
JOIN curation_test t ON t.curation_id = h.curation_id AND t.ordinal = h.test
WHERE h.curation_id IN (SELECT curation_id FROM funnel)
  AND (:sweep IS NULL OR c.sha256 IN (SELECT sha256 FROM used))
ORDER BY c.name, h.curation_id, h.ordinal
LIMIT 100
