-- attentive_linear: one row a probe with heads of both kinds: the best tap of each, chosen on
-- validation images, on test images.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   run: of the trunk, or an untrained trunk's own · trunk: pretrained or untrained
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
)
SELECT
    a.run, a.probe_run, a.trunk, a.width, a.depth, a.seed,
    a.tap AS attentive_tap, a.test_top1 AS attentive,
    l.tap AS linear_tap, l.test_top1 AS linear,
    a.test_images
FROM best_layer a
JOIN best_layer l USING (probe_run)
WHERE a.kind = 'attentive' AND l.kind = 'linear' AND a.probe_run IN (SELECT run FROM scope)
ORDER BY a.trunk, a.setting, a.data, a.width, a.depth, a.seed, a.run, a.probe_run
