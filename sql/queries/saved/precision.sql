-- precision: bf16 against fp32 at each validation, over pairs of runs that are otherwise equal.
-- fp32_sd is the spread over seeds; diff is the mean of bf16 - fp32 in each pair, diff_se its error.
WITH side AS (
    SELECT u.run, u.step, u.metric, u.value, k.value AS precision,
           replace(c.config, 'model.precision: ' || k.value || char(10), '') AS rest,
           replace(replace(c.config, 'model.precision: ' || k.value || char(10), ''),
                   char(10) || 'seed: ' || c.seed || char(10), char(10)) AS setting
      FROM curves u
      JOIN runs r USING (run)
      JOIN cell c USING (cell_id)
      JOIN cell_key k ON k.cell_id = c.cell_id AND k.key = 'model.precision'
     WHERE u.split = 'val' AND r.state = 'done'
), pair AS (
    SELECT f.setting, f.metric, f.step, f.value AS fp32, h.value AS bf16, h.value - f.value AS diff
      FROM side f
      JOIN side h ON h.rest = f.rest AND h.step = f.step AND h.metric = f.metric
     WHERE f.precision = 'fp32' AND h.precision = 'bf16'
), sums AS (
    SELECT metric, step, count(*) AS n, avg(fp32) AS fp32, avg(bf16) AS bf16, avg(diff) AS diff,
           avg(fp32 * fp32) - avg(fp32) * avg(fp32) AS fp32_var,
           avg(diff * diff) - avg(diff) * avg(diff) AS diff_var
      FROM pair
     GROUP BY setting, metric, step
)
SELECT metric, step, n, fp32, bf16, sqrt(max(fp32_var, 0) * n / nullif(n - 1, 0)) AS fp32_sd, diff,
       sqrt(max(diff_var, 0) / nullif(n - 1, 0)) AS diff_se
  FROM sums
 ORDER BY metric, step
