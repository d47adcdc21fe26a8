-- plan_score: one row a plan, or the plan :plan alone: its predictions and how they came out.
--   too_late, superseded, waiting, n  predictions in each state; n: scored, one a run
--   inside_mean, inside_run  of the scored, those in that interval
--   bias_pct, error_pct   mean error and mean absolute error, percent of what was expected
--   z_mean, z_sd          of the errors over the standard deviation that was expected
SELECT
    p.plan,
    count(*) AS predictions,
    count(*) FILTER (WHERE p.state = 'made too late') AS too_late,
    count(*) FILTER (WHERE p.state = 'superseded') AS superseded,
    count(*) FILTER (WHERE p.state = 'waiting') AS waiting,
    count(*) FILTER (WHERE p.state = 'scored') AS n,
    coalesce(sum(c.inside_mean), 0) AS inside_mean,
    coalesce(sum(c.inside_run), 0) AS inside_run,
    avg(c.error_pct) AS bias_pct,
    avg(abs(c.error_pct)) AS error_pct,
    avg(c.z) AS z_mean,
    CASE WHEN count(c.z) > 1
         THEN sqrt(max(0, (sum(c.z * c.z) - count(c.z) * avg(c.z) * avg(c.z)) / (count(c.z) - 1)))
    END AS z_sd,
    max(p.confidence) AS confidence
FROM predictions p
LEFT JOIN calibration c USING (uuid)
WHERE :plan IS NULL OR p.plan = :plan
GROUP BY p.plan
ORDER BY min(p.made_at), p.plan
