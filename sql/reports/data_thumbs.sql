-- data_thumbs: one row a small picture of what a step dropped, in base64.
--   :sweep  name of a sweep, as launched last: data sets that its runs read; NULL: all
WITH used AS (
    SELECT k.value AS sha256 FROM sweep_cells s JOIN cell_key k USING (cell_id)
     WHERE s.sweep = :sweep AND s.launched AND k.key = 'data.sha256'
    UNION
    SELECT m.sha256 FROM sweep_cells s JOIN cell_source m USING (cell_id)
     WHERE s.sweep = :sweep AND s.launched
)
SELECT c.name AS data, s.step, s.what, t.key, t.jpeg
FROM curation_thumb t
JOIN curation c USING (curation_id)
JOIN curation_step s ON s.curation_id = t.curation_id AND s.step = t.step
WHERE t.curation_id IN (SELECT curation_id FROM funnel)
  AND (:sweep IS NULL OR c.sha256 IN (SELECT sha256 FROM used))
ORDER BY c.name, t.curation_id, s.ordinal, t.ordinal
