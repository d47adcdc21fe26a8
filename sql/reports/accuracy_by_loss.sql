-- accuracy_by_loss: one row a finished pre-training run, data set, kind of head and setting of the
-- probe: the test accuracy of the tap that is best on validation images, beside the final
-- validation loss.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   probe_run: the probe's own, the first where several differ in seed alone, whose mean is
--   test_top1 · setting: rows of another one were probed in another way and do not compare
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
)
SELECT
    f.run, min(b.probe_run) AS probe_run, f.width, f.seed, f.flops_total,
    f.loss_causal AS loss,
    b.kind, b.setting, b.data,
    (SELECT k.value FROM runs r JOIN cell_key k USING (cell_id)
      WHERE r.run = b.probe_run AND k.key = 'data.name') AS data_name,
    group_concat(DISTINCT b.tap) AS tap,
    avg(b.test_top1) AS test_top1,
    min(b.test_images) AS test_images
FROM final_loss f
JOIN best_layer b ON b.run = f.run AND b.trunk = 'pretrained'
WHERE b.probe_run IN (SELECT run FROM scope)
GROUP BY f.run, b.kind, b.setting, b.data
ORDER BY b.kind, b.data, b.setting, f.width, f.flops_total, f.seed, f.run
