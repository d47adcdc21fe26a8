-- curves: one row a point of a pre-training cell's curve.
--   run      first 12 hex digits of the config's hash
--   kind     0 finite, 1 nan, 2 inf, 3 -inf
--   step     training steps done
--   value    NULL where it is not finite
--   images, patches, flops  read or spent up to that step; NULL before the cost is known
-- Ask: How does the validation loss of each run fall?
--     SELECT run, step, value FROM curves
--      WHERE split = 'val' AND metric = 'loss_causal' ORDER BY run, step
CREATE VIEW curves AS
SELECT
    CAST(substr(c.hash, 1, 12) AS TEXT) AS run,
    s.split,
    s.metric,
    p.step,
    p.kind,
    p.value,
    p.step * CAST(batch.value AS INTEGER) AS images,
    p.step * CAST(batch.value AS INTEGER) * cost.tokens AS patches,
    p.step * cost.flops_step AS flops
FROM cell c
JOIN series s USING (cell_id)
JOIN cell_key batch ON batch.cell_id = c.cell_id AND batch.key = 'optim.batch_images'
LEFT JOIN cell_cost cost ON cost.cell_id = c.cell_id
JOIN point p USING (series_id)
WHERE c.task = 'pretrain'
