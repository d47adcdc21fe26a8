-- law_metrics: one row a run, metric, data set and way of probing: the error beside the final loss,
-- of own probes and of imported runs.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   err: own, 1 - test top1 of the tap that is best on validation images, the mean over probes that
--   differ in seed alone · imported: the last value of a validation metric whose name has err in it;
--   1 less it where the name has acc or top1 · data: its name, imported: of the key data or dataset
--   alike: the runs that share it differ in nothing but their seed, and in their name
--   probe_run: the probe's own, the first of several; of imported runs run
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), own AS (
    SELECT
        b.kind || ' probe' AS metric,
        (SELECT k.value FROM runs r JOIN cell_key k USING (cell_id)
          WHERE r.run = b.probe_run AND k.key = 'data.name') AS data,
        b.data || b.setting AS setting,
        min(b.probe_run) AS probe_run,
        f.run, f.run AS name,
        f.loss_causal AS loss,
        1 - avg(b.test_top1) AS err,
        f.params_trunk AS N,
        f.flops_total AS C
    FROM final_loss f
    JOIN best_layer b ON b.run = f.run AND b.trunk = 'pretrained'
    WHERE b.probe_run IN (SELECT run FROM scope)
    GROUP BY f.run, b.kind, b.setting, b.data
), imported AS (
    SELECT
        s.metric,
        coalesce((SELECT value FROM cell_key k
                   WHERE k.cell_id = r.cell_id AND k.key IN ('data', 'data.name', 'dataset')
                   ORDER BY key LIMIT 1), 'not told') AS data,
        '' AS setting,
        r.run AS probe_run,
        r.run,
        coalesce((SELECT value FROM cell_key k
                   WHERE k.cell_id = r.cell_id AND k.key = 'external.name'), r.run) AS name,
        r.loss,
        CASE WHEN lower(s.metric) GLOB '*err*' THEN t.value_last ELSE 1 - t.value_last END AS err,
        r.params_trunk AS N,
        r.flops_total AS C
    FROM runs r
    JOIN series s USING (cell_id)
    JOIN series_summary t USING (series_id)
    WHERE r.task = 'external' AND r.state = 'done' AND r.loss IS NOT NULL AND s.split = 'val'
      AND (lower(s.metric) GLOB '*err*' OR lower(s.metric) GLOB '*acc*'
           OR lower(s.metric) GLOB '*top1*')
      AND t.value_last BETWEEN 0 AND 1
      AND r.run IN (SELECT run FROM scope)
)
SELECT metric, data, setting, probe_run, run, name, loss, err, N, C, alike
FROM (SELECT * FROM own WHERE err IS NOT NULL UNION ALL SELECT * FROM imported)
LEFT JOIN (SELECT run, setting AS alike FROM law_points) USING (run)
ORDER BY metric, data, setting, loss, run
