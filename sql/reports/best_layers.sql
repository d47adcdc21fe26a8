-- best_layers: one row a probe of a pre-training run and kind of head: its best tap, chosen on
-- validation images, beside both controls that were probed in the same way on the same images.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   untrained: same shape of trunk and kind of head · pixels: a linear classifier on raw pixels, which
--   have nothing to tune;
--   each the mean over *_runs control runs, se its binomial standard error, of one run where all
--   saw the same test images; NULL where there is no control
--   over_*: difference of test top1 · over_*_se: its standard error, the two taken as independent
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), best AS MATERIALIZED (
    SELECT *,
           substr(setting, 1, instr(setting || ',tune.', ',tune.') - 1) AS frozen
      FROM best_layer WHERE probe_run IN (SELECT run FROM scope)
), untrained AS (
    SELECT
        setting, data, width, depth, heads, patch_px, kind,
        avg(test_top1) AS top1,
        avg(test_top1_se) AS se,
        count(*) AS runs
    FROM best
    WHERE trunk = 'untrained'
    GROUP BY setting, data, width, depth, heads, patch_px, kind
), pixels AS (
    SELECT
        setting, data,
        avg(test_top1) AS top1,
        avg(test_top1_se) AS se,
        count(*) AS runs
    FROM best
    WHERE trunk = 'pixels' AND kind = 'linear'
    GROUP BY setting, data
)
SELECT
    b.run, b.probe_run, b.width, b.depth, b.seed, b.kind, b.tap, b.val_top1,
    b.test_top1, b.test_top1_se, b.test_images,
    u.top1 AS untrained, u.se AS untrained_se, u.runs AS untrained_runs,
    b.test_top1 - u.top1 AS over_untrained,
    sqrt(b.test_top1_se * b.test_top1_se + u.se * u.se) AS over_untrained_se,
    p.top1 AS pixels, p.se AS pixels_se, p.runs AS pixels_runs,
    b.test_top1 - p.top1 AS over_pixels,
    sqrt(b.test_top1_se * b.test_top1_se + p.se * p.se) AS over_pixels_se
FROM best b
LEFT JOIN untrained u
       ON u.setting IS b.setting AND u.data IS b.data AND u.width = b.width
      AND u.depth = b.depth AND u.heads IS b.heads AND u.patch_px IS b.patch_px
      AND u.kind = b.kind
LEFT JOIN pixels p ON p.setting IS b.frozen AND p.data IS b.data
WHERE b.trunk = 'pretrained'
ORDER BY b.kind, b.width, b.depth, b.seed, b.run, b.probe_run
