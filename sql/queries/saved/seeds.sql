-- seeds: mean final loss over the seeds of configs that are otherwise equal: n, mean, sd.
-- sd is the standard deviation of a sample, NULL for n = 1.
SELECT width, depth, steps, n, mean, sqrt(max(square - n * mean * mean, 0) / nullif(n - 1, 0)) AS sd
FROM (SELECT f.width, f.depth, f.steps, count(*) AS n, avg(f.loss_causal) AS mean,
             sum(f.loss_causal * f.loss_causal) AS square
        FROM final_loss f
        JOIN runs r USING (run)
        JOIN cell c USING (cell_id)
       GROUP BY replace(c.config, char(10) || 'seed: ' || c.seed || char(10), char(10)))
ORDER BY mean
