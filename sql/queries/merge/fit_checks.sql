-- merge_fit_checks: checks of fits that have none here; returns nothing.
INSERT INTO main.fit_check (fit_id, name, verdict, detail)
SELECT f.fit_id, r.name, r.verdict, r.detail
FROM other.fit_check r
JOIN other.fit o USING (fit_id)
JOIN main.fit f ON f.uuid = o.uuid
WHERE true
ON CONFLICT DO NOTHING
