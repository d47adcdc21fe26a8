-- accuracy_by_loss: one row a finished pre-training run, kind of head and setting of the probe: the
-- test accuracy of the tap that is best on validation images, beside the final validation loss.
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
    run, min(probe_run) AS probe_run, width, seed, flops_total, loss, kind, setting,
    group_concat(DISTINCT tap) AS tap,
    avg(test_top1) AS test_top1,
    min(test_images) AS test_images
FROM loss_vs_accuracy
WHERE probe_run IN (SELECT run FROM scope)
GROUP BY run, kind, setting
ORDER BY kind, setting, width, flops_total, seed, run
