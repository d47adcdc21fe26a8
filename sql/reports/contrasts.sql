-- contrasts: one row a run, a key that tells it from others, and an outcome: what the effects of the
-- keys are computed from. Runs of one key, task and context differ in that key and their seed alone.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   context: lines of the other keys · seed NULL: not known · y: the outcome; of several equal
--   probes of a run their mean · protocol: how it was probed, or lines of those other keys that
--   decide what a loss is of; outcomes compare where it is equal · compares: 0 where the key decides
--   what a loss is of
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), arm AS MATERIALIZED (
    SELECT * FROM arms WHERE :sweep IS NULL OR run IN (SELECT run FROM scope)
), probed AS MATERIALIZED (
    SELECT run, kind, setting || ',' || data AS protocol, avg(test_top1) AS top1
      FROM best_layer
     WHERE trunk = 'pretrained' AND test_top1 IS NOT NULL
     GROUP BY run, kind, setting, data
)
SELECT key, task, context, value, seed, run, 'loss' AS outcome,
       (SELECT ifnull(group_concat(substr(rest, 1, instr(rest, char(10))), ''), '')
          FROM (SELECT substr(context, at + 1) AS rest
                  FROM (SELECT key, instr(context, char(10) || key || ': ') AS at
                          FROM protocol_keys)
                 WHERE at > 0
                 ORDER BY key)) AS protocol,
       loss AS y, key NOT IN (SELECT key FROM protocol_keys) AS compares
  FROM arm
UNION ALL
SELECT key, task, context, value, seed, run, kind, protocol, top1, 1
  FROM arm JOIN probed USING (run)
ORDER BY key, outcome, task, context, protocol, value, seed, run
