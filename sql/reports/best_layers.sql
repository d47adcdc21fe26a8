-- best_layers: one row a pre-training run and kind of head: its best tap, chosen on validation
-- images, beside both controls on the same data.
--   :sweep  name of one sweep, or NULL for all runs
--   untrained: same width, depth, patch and kind of head · pixels: a linear classifier on raw
--   pixels; each the mean over *_runs control runs, se its binomial standard error; NULL where
--   there is no control
--   over_*: difference of test top1 · over_*_se: its standard error, the two taken as independent
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id
                           FROM sweep JOIN sweep_cell USING (sweep_id)
                          WHERE name = :sweep)
), best AS MATERIALIZED (
    SELECT
        b.*, r.patch_px,
        (SELECT value FROM cell_key k
          WHERE k.cell_id = r.cell_id AND k.key = 'data.sha256') AS data
    FROM best_layer b
    JOIN runs r USING (run)
    WHERE b.run IN (SELECT run FROM scope)
), untrained AS (
    SELECT
        data, width, depth, patch_px, kind,
        avg(test_top1) AS top1,
        sqrt(sum(test_top1_se * test_top1_se)) / count(*) AS se,
        count(*) AS runs
    FROM best
    WHERE trunk = 'untrained'
    GROUP BY data, width, depth, patch_px, kind
), pixels AS (
    SELECT
        data,
        avg(test_top1) AS top1,
        sqrt(sum(test_top1_se * test_top1_se)) / count(*) AS se,
        count(*) AS runs
    FROM best
    WHERE trunk = 'pixels' AND kind = 'linear'
    GROUP BY data
)
SELECT
    b.run, b.width, b.depth, b.seed, b.kind, b.tap, b.val_top1,
    b.test_top1, b.test_top1_se, b.test_images,
    u.top1 AS untrained, u.se AS untrained_se, u.runs AS untrained_runs,
    b.test_top1 - u.top1 AS over_untrained,
    sqrt(b.test_top1_se * b.test_top1_se + u.se * u.se) AS over_untrained_se,
    p.top1 AS pixels, p.se AS pixels_se, p.runs AS pixels_runs,
    b.test_top1 - p.top1 AS over_pixels,
    sqrt(b.test_top1_se * b.test_top1_se + p.se * p.se) AS over_pixels_se
FROM best b
LEFT JOIN untrained u
       ON u.data IS b.data AND u.width = b.width AND u.depth = b.depth
      AND u.patch_px = b.patch_px AND u.kind = b.kind
LEFT JOIN pixels p ON p.data IS b.data
WHERE b.trunk = 'pretrained'
ORDER BY b.kind, b.width, b.depth, b.seed, b.run
