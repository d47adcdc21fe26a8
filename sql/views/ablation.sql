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
-- Two configs differ in exactly key k when their texts without the line of k are equal, so the
-- pairs come from one join on that text instead of comparing every pair key by key.
CREATE VIEW ablation AS
WITH finished AS MATERIALIZED (
    SELECT run, loss, cell_id
      FROM runs
     WHERE task = 'pretrain' AND state = 'done' AND loss IS NOT NULL
), varying AS (
    SELECT key
      FROM finished JOIN cell_key USING (cell_id)
     GROUP BY key
    HAVING count(DISTINCT value) > 1
), stripped AS MATERIALIZED (
    SELECT
        n.run, n.loss, k.key, k.value,
        replace(char(10) || c.config, char(10) || k.key || ': ' || k.value || char(10), char(10))
            AS rest
    FROM finished n
    JOIN cell c USING (cell_id)
    JOIN cell_key k USING (cell_id)
    WHERE k.key IN (SELECT key FROM varying)
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
