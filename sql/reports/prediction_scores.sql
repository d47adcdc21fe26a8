-- prediction_scores: how the predictions of each plan came out: n, the shares of runs inside both
-- intervals, errors in percent of what was foretold, and how wide z scatters (1 where intervals are
-- right).
--   :sweep  name of a plan, which is that of its sweep, or NULL for all
SELECT
    plan, role, count(*) AS n, max(confidence) AS confidence,
    sum(inside_run) AS inside_run, sum(inside_mean) AS inside_mean,
    avg(error_pct) AS bias_pct, avg(abs(error_pct)) AS error_pct,
    sqrt(avg(z * z)) AS z_rms
FROM calibration
WHERE :sweep IS NULL OR plan = :sweep
GROUP BY plan, role
ORDER BY min(made_at), plan, role
