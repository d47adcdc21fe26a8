-- data_contents: 1 row: what the report on data stands on.
--   :sweep  name of a sweep, as launched last: data sets that its runs read; NULL: all
--   cells: curations and runs of mixes · curations · mixed: runs that trained on a mix
WITH used AS (
    SELECT k.value AS sha256 FROM sweep_cells s JOIN cell_key k USING (cell_id)
     WHERE s.sweep = :sweep AND s.launched AND k.key = 'data.sha256'
    UNION
    SELECT m.sha256 FROM sweep_cells s JOIN cell_source m USING (cell_id)
     WHERE s.sweep = :sweep AND s.launched
)
SELECT curations + mixed AS cells, curations, mixed
FROM (
    SELECT
        (SELECT count(*) FROM curation
          WHERE :sweep IS NULL OR sha256 IN (SELECT sha256 FROM used)) AS curations,
        (SELECT count(DISTINCT cell_id) FROM cell_source
          WHERE :sweep IS NULL
             OR cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched))
            AS mixed
)
