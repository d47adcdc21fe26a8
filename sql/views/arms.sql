-- arms: one row a run and a key that tells it from others: there are runs with other values of that
-- key, and with all other keys but the seed equal. Finished pre-training runs, and imported ones,
-- with a finite loss.
--   key      that is compared, as in the config
--   context  lines "key: value" of the other keys, of those that vary at least: runs of one key, one
--            task and one context differ in that key and in their seed alone
--   value    of the key; runs that share it, too, are repeats
--   seed     of parameters and data order; NULL: an import does not tell
--   run      first 12 hex digits of the config's hash
--   loss     final causal validation loss; of imported runs the last val/loss
--   task     pretrain or external
-- Ask: What does a key do to the loss, seed by seed?
--     SELECT a.key, a.value AS a, b.value AS b, avg(b.loss - a.loss) AS delta,
--            mean_ci(b.loss - a.loss) AS interval, count(*) AS pairs
--       FROM arms a JOIN arms b USING (key, task, context, seed)
--      WHERE CAST(a.value AS REAL) < CAST(b.value AS REAL)
--      GROUP BY a.key, a.value, b.value, context
--
-- What an imported run cost, in external.params, .flops, .images and .patches, is no key of its own
-- where it follows from the others: where runs with the same other keys have the same costs.
-- A context is made once a setting, and not of each of its seeds; the runs come first in the last join,
-- as SQLite then makes an index of the arms for it. Where a run has every key that there is, the lines
-- of those that vary are text enough. An optional key that a run lacks is its default.
CREATE VIEW arms AS
WITH varying AS MATERIALIZED (
    SELECT key, (SELECT value FROM key_default d
                  WHERE d.task = 'pretrain' AND d.key = k.key) AS fallback
      FROM (SELECT key, value FROM key_value
            UNION
            SELECT key, value FROM cell JOIN cell_key USING (cell_id) WHERE task = 'external') k
     WHERE key <> 'seed'
     GROUP BY key HAVING count(*) > 1 ORDER BY key
), optional AS MATERIALIZED (
    SELECT key FROM varying WHERE fallback IS NOT NULL
), imported AS MATERIALIZED (
    SELECT cell_id,
           group_concat(key || ': ' || value || char(10), '') FILTER (WHERE NOT cost) AS keys,
           coalesce(group_concat(key || ': ' || value || char(10), '') FILTER (WHERE cost), '')
               AS costs
      FROM (SELECT cell_id, key, value,
                   key IN ('external.params', 'external.flops', 'external.images',
                           'external.patches') AS cost
              FROM cell JOIN cell_key USING (cell_id)
             WHERE task = 'external' AND key NOT IN ('external.name', 'seed')
             ORDER BY cell_id, key)
     GROUP BY cell_id
), imported_text AS MATERIALIZED (
    SELECT cell_id,
           char(10) || coalesce(keys, '') ||
               iif(min(costs) OVER same = max(costs) OVER same, '', costs) AS text
      FROM imported
    WINDOW same AS (PARTITION BY keys)
), finished AS MATERIALIZED (
    SELECT r.run, r.task, r.seed, r.loss, s.first_cell_id AS first
      FROM settings s CROSS JOIN runs r ON r.cell_id = s.cell_id
     WHERE r.state = 'done'
    UNION ALL
    SELECT r.run, r.task,
           (SELECT CAST(value AS INTEGER) FROM cell_key
             WHERE cell_id = r.cell_id AND key = 'seed'), r.loss, r.cell_id
      FROM runs r WHERE r.task = 'external' AND r.state = 'done'
), setting AS MATERIALIZED (
    SELECT DISTINCT first, task FROM finished WHERE loss IS NOT NULL
), texts AS MATERIALIZED (
    SELECT cell_id,
           CASE
               WHEN (SELECT count(*) FROM cell_key WHERE cell_id = c.cell_id) -
                    (SELECT count(*) FROM optional CROSS JOIN cell_key USING (key)
                      WHERE cell_id = c.cell_id) =
                    (SELECT count(DISTINCT key) FROM key_value
                      WHERE key NOT IN (SELECT key FROM key_default))
               THEN char(10) || (SELECT group_concat(v.key || ': ' || coalesce(value, fallback) ||
                                                     char(10), '')
                                   FROM varying v
                                   LEFT JOIN cell_key k ON k.cell_id = c.cell_id AND k.key = v.key)
               ELSE replace(char(10) || config, char(10) || 'seed: ' || c.seed || char(10),
                            char(10))
           END AS text
      FROM setting s CROSS JOIN cell c ON c.cell_id = s.first
     WHERE s.task = 'pretrain'
), stripped AS (
    SELECT 'pretrain' AS task, t.cell_id, v.key, coalesce(k.value, v.fallback) AS value,
           replace(t.text, char(10) || v.key || ': ' || coalesce(k.value, v.fallback) || char(10),
                   char(10)) AS context
      FROM texts t CROSS JOIN varying v
      LEFT JOIN cell_key k ON k.cell_id = t.cell_id AND k.key = v.key
     WHERE coalesce(k.value, v.fallback) IS NOT NULL
    UNION ALL
    SELECT 'external', t.cell_id, k.key, k.value,
           replace(t.text, char(10) || k.key || ': ' || k.value || char(10), char(10))
      FROM setting s
     CROSS JOIN imported_text t ON t.cell_id = s.first
     CROSS JOIN cell_key k ON k.cell_id = t.cell_id
     WHERE s.task = 'external' AND k.key NOT IN ('external.name', 'seed')
)
SELECT a.key, a.context, a.value, f.seed, f.run, f.loss, f.task
FROM finished f
CROSS JOIN (SELECT *, min(value) OVER alike < max(value) OVER alike AS differs
              FROM stripped
            WINDOW alike AS (PARTITION BY key, task, context)) a ON a.cell_id = f.first
WHERE a.differs AND f.loss IS NOT NULL
