-- accuracy_by_layer: one row a probed tap and kind of head, stale probes left out.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   run: of the trunk, or the control's own · probe_run: the probe's own, one line of a figure ·
--   trunk: pretrained, untrained or pixels
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
)
SELECT
    p.run, p.probe_run, p.trunk, p.width, p.depth, p.seed, p.kind, p.tap, p.layer,
    p.val_top1, p.test_top1, p.test_top5, p.test_images
FROM probe_layers p
JOIN runs r USING (run)
WHERE p.stale = 0 AND p.probe_run IN (SELECT run FROM scope)
ORDER BY p.kind, p.trunk = 'pixels', p.trunk, p.width, p.depth, p.patch_px, r.lr_peak, r.steps,
         p.run, p.probe_run, p.layer, p.tap
