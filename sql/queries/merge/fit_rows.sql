-- merge_fit_rows: rows of fits that have none here; returns nothing.
INSERT INTO main.fit_row (fit_id, place, run, point, observed, predicted, residual, excluded)
SELECT f.fit_id, r.place, r.run, r.point, r.observed, r.predicted, r.residual, r.excluded
FROM other.fit_row r
JOIN other.fit o USING (fit_id)
JOIN main.fit f ON f.uuid = o.uuid
WHERE true
ON CONFLICT DO NOTHING
