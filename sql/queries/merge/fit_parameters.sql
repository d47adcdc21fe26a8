-- merge_fit_parameters: parameters of fits that have none here; returns nothing.
INSERT INTO main.fit_parameter (fit_id, place, name, value, se, low, high, at_bound, fixed)
SELECT f.fit_id, r.place, r.name, r.value, r.se, r.low, r.high, r.at_bound, r.fixed
FROM other.fit_parameter r
JOIN other.fit o USING (fit_id)
JOIN main.fit f ON f.uuid = o.uuid
WHERE true
ON CONFLICT DO NOTHING
