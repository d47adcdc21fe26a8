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
--   setting        the runs that share it differ in nothing but their seed, and in their name
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
-- What is left of a config without its seed is known by its weight in cell_rest, once seeds vary.
-- protocol_keys stand in their order, which CROSS JOIN keeps: sorting each row anew costs a sixth.
CREATE VIEW law_points AS
WITH seeded AS MATERIALIZED (
    SELECT cell_id, rest FROM cell_rest WHERE key = 'seed'
    UNION ALL
    SELECT cell_id, NULL FROM cell
     WHERE task <> 'probe' AND cell_id NOT IN (SELECT cell_id FROM cell_rest WHERE key = 'seed')
), done AS MATERIALIZED (
    SELECT r.run, r.task, r.width, r.depth, r.seed, r.params_trunk, r.params_total, r.patches,
           r.flops_total, r.loss, r.lr_peak, r.started_at, s.rest, r.cell_id,
           CASE WHEN r.task = 'external'
                THEN coalesce((SELECT value FROM cell_key k
                                WHERE k.cell_id = r.cell_id AND k.key = 'external.name'), r.run)
                ELSE r.run END AS name
      FROM seeded s CROSS JOIN runs r ON r.cell_id = s.cell_id
     WHERE r.task <> 'probe' AND r.state = 'done'
)
SELECT
    r.run, r.name, r.task, r.width, r.depth, r.seed,
    r.params_trunk AS N,
    r.params_total AS N_head,
    r.patches AS D,
    r.flops_total AS C,
    CAST(r.patches AS REAL) / r.params_trunk AS M,
    r.loss AS L,
    min(r.run) OVER (PARTITION BY CASE
        WHEN r.task = 'external'
        THEN replace(replace(char(10) || (SELECT config FROM cell WHERE cell_id = r.cell_id),
                             char(10) || 'seed: ' || r.seed || char(10), char(10)),
                     char(10) || 'external.name: ' || r.name || char(10), char(10))
        ELSE coalesce(r.rest, r.run) END) AS setting,
    CASE WHEN r.task = 'external'
         THEN 'imported' || coalesce(' ' || (SELECT value FROM cell_key k
                                              WHERE k.cell_id = r.cell_id
                                                AND k.key IN ('data', 'data.name', 'dataset')
                                              ORDER BY key LIMIT 1), '')
         ELSE (SELECT group_concat(key || '=' || substr(value, 1, 12), ' ')
                 FROM protocol_keys CROSS JOIN cell_key USING (key)
                WHERE cell_id = r.cell_id) END AS protocol,
    (SELECT CAST(value AS REAL) / nullif(r.lr_peak, 0) FROM cell_key
      WHERE cell_id = r.cell_id AND key = 'optim.lr_final') AS lr_final_share,
    r.lr_peak, r.started_at, r.cell_id
FROM done r
WHERE r.loss IS NOT NULL
