-- merge_predictions: what plans foretold there and not here, by their uuid; returns nothing.
INSERT INTO main.prediction (uuid, fit_id, made_at, plan, cell_hash, role, point, y, mean_low,
                             mean_high, run_low, run_high, run_sd, confidence)
SELECT r.uuid, f.fit_id, r.made_at, r.plan, r.cell_hash, r.role, r.point, r.y, r.mean_low,
       r.mean_high, r.run_low, r.run_high, r.run_sd, r.confidence
FROM other.prediction r
JOIN other.fit o USING (fit_id)
JOIN main.fit f ON f.uuid = o.uuid
WHERE true
ORDER BY r.prediction_id
-- Made at two places, the earlier one counts.
ON CONFLICT (uuid) DO UPDATE SET made_at = excluded.made_at WHERE excluded.made_at < made_at
