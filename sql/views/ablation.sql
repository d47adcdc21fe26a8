-- ablation: one row a pair of finished pre-training runs whose configs differ in exactly one key.
--   key               that key, as in the config: model.width
--   value_a, value_b  its values; value_a < value_b, as numbers where they are numbers
--   run_a, run_b      the two runs
--   loss_a, loss_b    final causal validation losses
--   delta             loss_b - loss_a
-- Ask: What does each key do to the loss, all else equal?
--     SELECT key, value_a, value_b, avg(delta) AS delta, count(*) AS pairs FROM ablation
--      GROUP BY key, value_a, value_b ORDER BY abs(avg(delta)) DESC
--
-- Configs that differ in exactly key k have the same rest beside it.
CREATE VIEW ablation AS
WITH finished AS MATERIALIZED (
    SELECT cell_id, run, loss FROM runs WHERE task = 'pretrain' AND state = 'done'
)
SELECT
    a.key,
    a.value AS value_a, b.value AS value_b,
    na.run AS run_a, nb.run AS run_b,
    na.loss AS loss_a, nb.loss AS loss_b,
    nb.loss - na.loss AS delta
FROM cell_rest a
CROSS JOIN finished na ON na.cell_id = a.cell_id
CROSS JOIN cell_rest b ON b.key = a.key AND b.rest = a.rest
CROSS JOIN finished nb ON nb.cell_id = b.cell_id
WHERE (CAST(a.value AS REAL), a.value) < (CAST(b.value AS REAL), b.value)
  AND na.loss IS NOT NULL AND nb.loss IS NOT NULL
