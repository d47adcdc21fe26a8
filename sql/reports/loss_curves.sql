-- loss_curves: one row a point of the training loss and of the causal validation loss, the runs in
-- the order of their legend.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   kind 0 finite, 1 nan, 2 inf, 3 -inf; value is NULL where it is not finite
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), place AS MATERIALIZED (
    SELECT
        run,
        row_number() OVER (ORDER BY width, depth, patch_px, lr_peak, steps, seed, run) AS place
    FROM runs
    WHERE task = 'pretrain' AND run IN (SELECT run FROM scope)
)
SELECT run, split, step, images, flops, kind, value
FROM curves JOIN place USING (run)
WHERE (split, metric) IN (VALUES ('train', 'loss'), ('val', 'loss_causal'))
ORDER BY place, split, step
