-- law_runs: one row a run that a law can be fitted to, own or imported, in the letters of the
-- scaling laws (view law_points).
--   protocol: of imported runs with the data set that they name (key data, data.name or dataset)
--   :sweep  name of a sweep, as launched last, or NULL for all runs
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
)
SELECT name AS run, N, D, C, L, seed, setting,
       protocol || CASE WHEN task = 'external' THEN
           coalesce(' ' || (SELECT value FROM cell_key k
                             WHERE k.cell_id = p.cell_id
                               AND k.key IN ('data', 'data.name', 'dataset')
                             ORDER BY key LIMIT 1), '') ELSE '' END AS protocol,
       lr_final_share
FROM law_points p
WHERE run IN (SELECT run FROM scope)
ORDER BY name
