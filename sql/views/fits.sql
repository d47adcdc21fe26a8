-- fits: one row a law that was fitted, the newest last.
--   fit            first 12 hex digits of its uuid
--   parameters     JSON: the parameters' values by name
--   reached_share  of the searches that ended at the optimum
--   basins         minima within 1 % of the best; above 1 the parameters are not known
--   failed         checks that failed; fit_checks tells them
-- Ask: Which laws were fitted, to how many runs, and which checks did they fail?
--     SELECT fit, law, n, parameters ->> 'E' AS floor, residual_sd, failed FROM fits
CREATE VIEW fits AS
SELECT
    CAST(substr(f.uuid, 1, 12) AS TEXT) AS fit,
    f.law, f.formula, f.n, f.excluded,
    (SELECT '{' || group_concat(format('"%w":%!.16g', name, value)) || '}'
       FROM (SELECT name, value FROM fit_parameter WHERE fit_id = f.fit_id ORDER BY place))
        AS parameters,
    f.objective,
    CAST(f.reached AS REAL) / f.starts AS reached_share,
    (SELECT count(*) FROM fit_basin WHERE fit_id = f.fit_id) AS basins,
    f.condition, f.residual_sd, f.aicc, f.bic,
    (SELECT count(*) FROM fit_check WHERE fit_id = f.fit_id AND verdict = 'failed') AS failed,
    f.fitted_at, f.query, f.options, f.data_sha256, f.uuid
FROM fit f
ORDER BY f.fitted_at, f.uuid
