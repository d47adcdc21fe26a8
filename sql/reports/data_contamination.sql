-- data_contamination: one row a test split that a curation was held against.
--   :sweep  name of a sweep, as launched last: data sets that its runs read; NULL: all
WITH used AS (
    SELECT k.value AS sha256 FROM sweep_cells s JOIN cell_key k USING (cell_id)
     WHERE s.sweep = :sweep AND s.launched AND k.key = 'data.sha256'
    UNION
    SELECT m.sha256 FROM sweep_cells s JOIN cell_source m USING (cell_id)
     WHERE s.sweep = :sweep AND s.launched
)
SELECT data, test, images, hits, same_bytes, round(per_mille, 2) AS per_mille
FROM contaminated
WHERE :sweep IS NULL OR sha256 IN (SELECT sha256 FROM used)
ORDER BY data, hits DESC, test
