-- data_funnel: one row a step of a curation, in the order of their work.
--   :sweep  name of a sweep, as launched last: data sets that its runs read; NULL: all
WITH used AS (
    SELECT k.value AS sha256 FROM sweep_cells s JOIN cell_key k USING (cell_id)
     WHERE s.sweep = :sweep AND s.launched AND k.key = 'data.sha256'
    UNION
    SELECT m.sha256 FROM sweep_cells s JOIN cell_source m USING (cell_id)
     WHERE s.sweep = :sweep AND s.launched
)
SELECT data, step, what, ran, images_in AS "in", dropped, images_out AS "out",
       round(100 * share_left, 2) AS "left, %",
       trim(note || iif(note <> '' AND reasons IS NOT NULL, '; ', '') || ifnull(reasons, '')) AS why
FROM funnel
WHERE :sweep IS NULL OR sha256 IN (SELECT sha256 FROM used)
ORDER BY data, sha256, ordinal
