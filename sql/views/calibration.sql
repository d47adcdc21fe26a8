-- calibration: one row a run and plan that can be scored: the run is done, and the last that the
-- plan foretold of it before it began is the row.
--   last         1: no other plan foretold the run later; a sum over plans takes these alone, so
--                that a run counts once
--   fit          first 12 hex digits of the uuid of the fit that foretold it
--   run          first 12 hex digits of the config's hash
--   predicted    what was expected
--   observed     final causal validation loss of the run
--   error_pct    observed over predicted, less one, in percent: above 0 the run ended worse
--   inside_mean  1: the run lies in the interval of the mean curve
--   inside_run   1: the run lies in the interval of one new run, as a share confidence of them should
--   z            observed - predicted, in units of run_sd
-- Ask: Do predictions of losses hold, and how far are they off?
--     SELECT plan, fit, count(*) AS n, avg(inside_run) AS inside, avg(error_pct) AS bias_pct,
--            avg(abs(error_pct)) AS error_pct FROM calibration GROUP BY plan, fit
CREATE VIEW calibration AS
SELECT
    plan, last, fit, law, run, role, point,
    y AS predicted, mean_low, mean_high, run_low, run_high, observed,
    100 * (observed / y - 1) AS error_pct,
    observed BETWEEN mean_low AND mean_high AS inside_mean,
    observed BETWEEN run_low AND run_high AS inside_run,
    (observed - y) / nullif(run_sd, 0) AS z,
    confidence, made_at, started_at, uuid
FROM predictions
WHERE state = 'scored'
