-- show_best: one row a probe of a run and kind of head: kind, tap, test_top1 (fraction) of the best
-- tap; label: the probe.* keys that vary among the ledger's probes, NULL where none does.
WITH varying AS (
    SELECT key
      FROM config_keys
     WHERE key GLOB 'probe.*' AND key <> 'probe.trunk'
     GROUP BY key HAVING count(DISTINCT value) > 1
)
SELECT b.kind, b.tap, b.test_top1,
       (SELECT group_concat(substr(key, 7) || ' ' || value, ', ')
          FROM (SELECT k.key, k.value
                  FROM runs r JOIN config_keys k USING (cell_id)
                 WHERE r.run = b.probe_run AND k.key IN (SELECT key FROM varying)
                 ORDER BY k.key)) AS label
FROM best_layer b
WHERE b.run = :run
ORDER BY b.kind, label
