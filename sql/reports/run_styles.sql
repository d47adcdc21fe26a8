-- run_styles: one row a pre-training run that has begun: its name in legends, made of what
-- varies, and its look, the same in every figure.
--   :sweep  name of a sweep, as launched last, or NULL for all runs
--   hue: place among (width, depth, patch, peak rate) · shape: place among the budgets, in steps;
--   runs that differ in seed alone share both
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
), used AS (
    SELECT * FROM runs
     WHERE task = 'pretrain' AND state <> 'queued' AND run IN (SELECT run FROM scope)
), varies AS (
    SELECT
        count(DISTINCT depth) > 1 AS depth,
        count(DISTINCT patch_px) > 1 AS patch_px,
        count(DISTINCT lr_peak) > 1 AS lr_peak,
        count(DISTINCT steps) > 1 AS steps
    FROM used
)
SELECT
    u.run, u.width, u.depth, u.seed, u.steps,
    'width ' || u.width
        || CASE WHEN v.depth THEN ', depth ' || u.depth ELSE '' END
        || CASE WHEN v.patch_px THEN ', patch ' || u.patch_px ELSE '' END
        || CASE WHEN v.lr_peak THEN ', rate ' || printf('%g', u.lr_peak) ELSE '' END
        || CASE WHEN v.steps THEN ', ' || u.steps || ' steps' ELSE '' END AS label,
    dense_rank() OVER (ORDER BY u.width, u.depth, u.patch_px, u.lr_peak) - 1 AS hue,
    dense_rank() OVER (ORDER BY u.steps) - 1 AS shape
FROM used u, varies v
ORDER BY hue, shape, u.seed, u.run
