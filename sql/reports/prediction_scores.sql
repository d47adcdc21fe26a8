-- prediction_scores: how the predictions of each plan came out: n, the shares of runs inside both
-- intervals, errors in percent of what was foretold, and how wide z scatters (1 where intervals are
-- right).
--   :sweep  name of a plan, which is that of its sweep, or NULL for all
--   runs, runs_inside, runs_error_pct  n, inside_run and the sum of absolute errors for a total over
--           the rows, in which a run that several plans foretold counts once, by the last of them
SELECT
    plan, role, count(*) AS n, max(confidence) AS confidence,
    sum(inside_run) AS inside_run, sum(inside_mean) AS inside_mean,
    avg(error_pct) AS bias_pct, avg(abs(error_pct)) AS error_pct,
    sqrt(avg(z * z)) AS z_rms,
    count(*) FILTER (WHERE last OR :sweep IS NOT NULL) AS runs,
    coalesce(sum(inside_run) FILTER (WHERE last OR :sweep IS NOT NULL), 0) AS runs_inside,
    total(abs(error_pct)) FILTER (WHERE last OR :sweep IS NOT NULL) AS runs_error_pct
FROM calibration
WHERE :sweep IS NULL OR plan = :sweep
GROUP BY plan, role
ORDER BY min(made_at), plan, role
