-- accuracy_by_layer: one row a probed tap and kind of head, stale probes left out.
--   :sweep  name of one sweep, or NULL for all runs
--   run: of the trunk, or the control's own · trunk: pretrained, untrained or pixels
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id
                           FROM sweep JOIN sweep_cell USING (sweep_id)
                          WHERE name = :sweep)
)
SELECT
    run, trunk, width, depth, seed, kind, tap, layer, val_top1, test_top1, test_top5, test_images
FROM probe_layers
WHERE stale = 0
  AND (run IN (SELECT run FROM scope) OR probe_run IN (SELECT run FROM scope))
ORDER BY kind, trunk = 'pixels', trunk, width, depth, run, probe_run, layer, tap
