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
-- Two configs differ in exactly key k when their texts without the line of k are equal. Where a run
-- has every key that there is, the lines of those that vary are text enough; a number stands for
-- each key. What has no loss is left out of what is kept, where its loss is not computed again.
CREATE VIEW ablation AS
WITH marked AS MATERIALIZED (
    SELECT key, count(*) > 1 AS varies, row_number() OVER (ORDER BY key) || ' ' AS mark
      FROM key_value GROUP BY key ORDER BY key
), varying AS MATERIALIZED (
    SELECT key, mark FROM marked WHERE varies ORDER BY key
), finished AS MATERIALIZED (
    SELECT r.run, r.loss, r.cell_id,
           char(10) || CASE
               WHEN (SELECT keys FROM cell_shape WHERE cell_id = r.cell_id) =
                    (SELECT count(*) FROM marked)
               THEN (SELECT group_concat(mark || value || char(10), '')
                       FROM varying CROSS JOIN cell_key USING (key)
                      WHERE cell_id = r.cell_id)
               ELSE (SELECT group_concat(mark || value || char(10), '')
                       FROM marked CROSS JOIN cell_key USING (key)
                      WHERE cell_id = r.cell_id)
           END AS text
      FROM runs r
     WHERE r.task = 'pretrain' AND r.state = 'done'
), stripped AS MATERIALIZED (
    SELECT n.run, n.loss, k.key, k.value,
           replace(n.text, char(10) || v.mark || k.value || char(10), char(10)) AS rest
      FROM finished n CROSS JOIN varying v CROSS JOIN cell_key k
     WHERE k.cell_id = n.cell_id AND k.key = v.key AND n.loss IS NOT NULL
)
SELECT
    a.key,
    a.value AS value_a, b.value AS value_b,
    a.run AS run_a, b.run AS run_b,
    a.loss AS loss_a, b.loss AS loss_b,
    b.loss - a.loss AS delta
FROM stripped a
JOIN stripped b ON b.rest = a.rest AND b.key = a.key
WHERE (CAST(a.value AS REAL), a.value) < (CAST(b.value AS REAL), b.value)

