-- data_contents: 1 row: what the report on data stands on.
--   cells: curations and runs of mixes · curations · mixed: runs that trained on a mix
SELECT
    (SELECT count(*) FROM curation) + (SELECT count(DISTINCT cell_id) FROM cell_source) AS cells,
    (SELECT count(*) FROM curation) AS curations,
    (SELECT count(DISTINCT cell_id) FROM cell_source) AS mixed
