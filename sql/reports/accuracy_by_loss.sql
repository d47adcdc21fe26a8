-- accuracy_by_loss: one row a finished and probed pre-training run and kind of head: the test
-- accuracy of the tap that is best on validation images, beside the final validation loss.
--   :sweep  name of one sweep, or NULL for all runs
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id
                           FROM sweep JOIN sweep_cell USING (sweep_id)
                          WHERE name = :sweep)
)
SELECT run, width, seed, flops_total, loss, kind, tap, test_top1, test_images
FROM loss_vs_accuracy
WHERE run IN (SELECT run FROM scope)
ORDER BY kind, width, flops_total, seed, run
