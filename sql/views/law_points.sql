-- law_points: one row a run that a law can be fitted to: finished pre-training runs with a finite
-- loss, and imported runs with one, in the letters of the scaling laws.
--   run            first 12 hex digits of the config's hash
--   name           what an imported run was called; else run
--   N              parameters of the trunk; of imported runs external.params
--   N_head         parameters with the head
--   D              patches, or tokens, seen
--   C              training FLOPs; NULL where an import does not tell
--   M              D / N
--   L              final causal validation loss; of imported runs the last val/loss
--   setting        the runs that share it differ in nothing but their seed, and in their name: as in
--                  settings, of imported runs the smallest of their runs' names
--   protocol       what has to be equal for losses to compare: data, patches, target, evaluation; of
--                  imported runs the data set that they name (key data, data.name or dataset);
--                  optional keys that are their defaults are not told
--   lr_peak        the highest learning rate; NULL: not known
--   started_at     unix microseconds; of imported runs where their files tell
--   lr_final_share  of the highest learning rate, at the end; NULL: not known
--   cell_id        to join config_keys, which has every hyperparameter: USING (cell_id)
-- Ask: Which runs would a fit use, and do their losses compare?
--     SELECT protocol, count(*) AS runs, count(DISTINCT setting) AS settings, min(C), max(C)
--       FROM law_points GROUP BY protocol
--
-- A protocol key that has had one value only is told by that, as a config has all keys that are not
-- optional: to look it up for each run takes half of the view's time.
CREATE VIEW law_points AS
WITH protocol AS MATERIALIZED (
    SELECT key, told
      FROM (SELECT key, iif(count(*) = 1, key || '=' || substr(max(value), 1, 12), NULL) AS told,
                   count(*) = 1 AND max(weight) = 0 AS unstated -- a default
              FROM protocol_keys JOIN key_value USING (key)
             GROUP BY key)
     WHERE NOT unstated
     ORDER BY key
), imported AS (
    SELECT cell_id, min(run) OVER (PARTITION BY rest) AS setting, name
      FROM (SELECT cell_id, run, name,
                   replace(replace(char(10) || config,
                                   char(10) || 'seed: ' || seed || char(10), char(10)),
                           char(10) || 'external.name: ' || name || char(10), char(10)) AS rest
              FROM (SELECT cell_id, config, seed, CAST(substr(hash, 1, 12) AS TEXT) AS run,
                           coalesce((SELECT value FROM cell_key k
                                      WHERE k.cell_id = c.cell_id AND k.key = 'external.name'),
                                    substr(hash, 1, 12)) AS name
                      FROM cell c WHERE task = 'external'))
), done AS MATERIALIZED (
    SELECT r.run, s.name, r.task, r.width, r.depth, r.seed, r.params_trunk, r.params_total,
           r.patches, r.flops_total, r.loss, r.lr_peak, r.started_at, s.setting, r.cell_id
      FROM (SELECT cell_id, setting, NULL AS name FROM settings
            UNION ALL
            SELECT cell_id, setting, name FROM imported) s
     CROSS JOIN runs r ON r.cell_id = s.cell_id
     WHERE r.state = 'done'
)
SELECT
    r.run, coalesce(r.name, r.run) AS name, r.task, r.width, r.depth, r.seed,
    r.params_trunk AS N,
    r.params_total AS N_head,
    r.patches AS D,
    r.flops_total AS C,
    CAST(r.patches AS REAL) / r.params_trunk AS M,
    r.loss AS L,
    r.setting,
    CASE WHEN r.task = 'external'
         THEN 'imported' || coalesce(' ' || (SELECT value FROM cell_key k
                                              WHERE k.cell_id = r.cell_id
                                                AND k.key IN ('data', 'data.name', 'dataset')
                                              ORDER BY key LIMIT 1), '')
         WHEN (SELECT count(*) = count(told) FROM protocol)
         THEN (SELECT group_concat(told, ' ') FROM protocol)
         ELSE (SELECT group_concat(coalesce(told, key || '=' ||
                                            (SELECT substr(value, 1, 12) FROM cell_key k
                                              WHERE k.cell_id = r.cell_id AND k.key = p.key)), ' ')
                 FROM protocol p) END AS protocol,
    (SELECT CAST(value AS REAL) / nullif(r.lr_peak, 0) FROM cell_key
      WHERE cell_id = r.cell_id AND key = 'optim.lr_final') AS lr_final_share,
    r.lr_peak, r.started_at, r.cell_id
FROM done r
WHERE r.loss IS NOT NULL
