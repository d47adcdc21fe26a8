-- probe_styles: one row a finished probe: in its label the probe.* keys that vary among them, and the
-- tune.* keys of those that tune, whose method their kind tells; none where all were probed in the
-- same way. place numbers the labels from 0.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), used AS MATERIALIZED (
    SELECT r.run, k.key, k.value
      FROM runs r JOIN config_keys k USING (cell_id)
     WHERE r.task = 'probe' AND r.state = 'done' AND r.run IN (SELECT run FROM scope)
       AND ((k.key GLOB 'probe.*' AND k.key <> 'probe.trunk') OR
            (k.key GLOB 'tune.*' AND k.key <> 'tune.method' AND
             EXISTS (SELECT 1 FROM cell_key m WHERE m.cell_id = k.cell_id AND m.key = 'tune.method')))
), varying AS (
    SELECT key FROM used GROUP BY key HAVING count(DISTINCT value) > 1
)
SELECT run, label, dense_rank() OVER (ORDER BY label) - 1 AS place
FROM (SELECT run, group_concat(replace(key, 'probe.', '') || ' ' || value, ', ') AS label
        FROM (SELECT * FROM used WHERE key IN (SELECT key FROM varying) ORDER BY run, key)
       GROUP BY run)
ORDER BY run
