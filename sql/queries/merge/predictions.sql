-- merge_predictions: what plans foretold there and not here, by their uuid; returns nothing.
INSERT INTO main.prediction (uuid, fit_id, made_at, plan, cell_hash, point, y, mean_low,
                             mean_high, run_low, run_high, confidence)
SELECT r.uuid, f.fit_id, r.made_at, r.plan, r.cell_hash, r.point, r.y, r.mean_low, r.mean_high,
       r.run_low, r.run_high, r.confidence
FROM other.prediction r
JOIN other.fit o USING (fit_id)
JOIN main.fit f ON f.uuid = o.uuid
WHERE true
ORDER BY r.prediction_id
ON CONFLICT DO NOTHING
