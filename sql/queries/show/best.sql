-- show_best: one row a probe of a run and kind of head: kind, tap, test_top1 (fraction) of the best
-- tap; label: the probe.* keys that vary among the ledger's probes, and the tune.* keys of those
-- that tune, whose method their kind tells; NULL where none does.
WITH used AS (
    SELECT k.cell_id, k.key, k.value
      FROM config_keys k
     WHERE (k.key GLOB 'probe.*' AND k.key <> 'probe.trunk') OR
           (k.key GLOB 'tune.*' AND k.key <> 'tune.method' AND
            EXISTS (SELECT 1 FROM cell_key m WHERE m.cell_id = k.cell_id AND m.key = 'tune.method'))
), varying AS (
    SELECT key FROM used GROUP BY key HAVING count(DISTINCT value) > 1
)
SELECT b.kind, b.tap, b.test_top1,
       (SELECT group_concat(replace(key, 'probe.', '') || ' ' || value, ', ')
          FROM (SELECT k.key, k.value
                  FROM runs r JOIN used k USING (cell_id)
                 WHERE r.run = b.probe_run AND k.key IN (SELECT key FROM varying)
                 ORDER BY k.key)) AS label
FROM best_layer b
WHERE b.run = :run
ORDER BY b.kind, label
