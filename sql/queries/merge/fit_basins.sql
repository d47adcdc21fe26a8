-- merge_fit_basins: basins of fits that have none here; returns nothing.
INSERT INTO main.fit_basin (fit_id, place, objective, starts, parameters)
SELECT f.fit_id, r.place, r.objective, r.starts, r.parameters
FROM other.fit_basin r
JOIN other.fit o USING (fit_id)
JOIN main.fit f ON f.uuid = o.uuid
WHERE true
ON CONFLICT DO NOTHING
