-- loss_by_compute: one row a finished pre-training run.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   C training FLOPs · L final causal validation loss · N parameters of the trunk · D patches
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
)
SELECT run, width, depth, seed, N, D, C, L
FROM scaling_points
WHERE run IN (SELECT run FROM scope)
ORDER BY C, L
