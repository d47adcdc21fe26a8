-- fit_checks: one row a check of a fitted law, those that failed first.
--   fit      first 12 hex digits of the fit's uuid
--   name     of the check
--   verdict  passed, failed, or not applicable: what it needs is not known
--   detail   what was found, with the numbers
-- Ask: What speaks against each fit?
--     SELECT fit, name, detail FROM fit_checks WHERE verdict = 'failed'
CREATE VIEW fit_checks AS
SELECT
    CAST(substr(f.uuid, 1, 12) AS TEXT) AS fit,
    f.law, c.name, c.verdict, c.detail
FROM fit f
JOIN fit_check c USING (fit_id)
ORDER BY f.fitted_at, f.uuid, c.verdict <> 'failed', c.verdict, c.name
