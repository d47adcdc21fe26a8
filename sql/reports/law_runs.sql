-- law_runs: one row a run that a law can be fitted to, own or imported, in the letters of the
-- scaling laws (view law_points).
--   :sweep  name of a sweep, as launched last, or NULL for all runs
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
)
SELECT name AS run, N, D, C, L, seed, setting, protocol, lr_final_share, lr_peak, started_at
FROM law_points
WHERE run IN (SELECT run FROM scope)
ORDER BY name
