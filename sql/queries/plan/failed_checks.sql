-- plan_failed_checks: what the checks of the fit :uuid hold against it.
SELECT c.name, c.detail
FROM fit f
JOIN fit_check c USING (fit_id)
WHERE f.uuid = :uuid AND c.verdict = 'failed'
ORDER BY c.name
