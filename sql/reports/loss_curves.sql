-- loss_curves: one row a point of the training loss and of the causal validation loss.
--   :sweep  name of one sweep, or NULL for all runs
--   kind 0 finite, 1 nan, 2 inf, 3 -inf; value is NULL where it is not finite
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id
                           FROM sweep JOIN sweep_cell USING (sweep_id)
                          WHERE name = :sweep)
)
SELECT run, split, step, images, flops, kind, value
FROM curves
WHERE (split, metric) IN (VALUES ('train', 'loss'), ('val', 'loss_causal'))
  AND run IN (SELECT run FROM scope)
ORDER BY run, split, step
