-- fit_parameters: one row a parameter of a fitted law, with its interval.
--   fit        first 12 hex digits of the fit's uuid
--   value      of the parameter, as the formula reads it
--   se         standard deviation over the draws of the bootstrap
--   low, high  percentile interval of the draws, at the fit's confidence
-- Ask: How well is each exponent known?
--     SELECT fit, law, name, value, low, high, n FROM fit_parameters
--      WHERE name IN ('alpha', 'beta', 'b', 'eta')
CREATE VIEW fit_parameters AS
SELECT
    CAST(substr(f.uuid, 1, 12) AS TEXT) AS fit,
    f.law, p.name, p.value, p.se, p.low, p.high, f.n, f.confidence, p.at_bound, p.fixed
FROM fit f
JOIN fit_parameter p USING (fit_id)
ORDER BY f.fitted_at, f.uuid, p.place
