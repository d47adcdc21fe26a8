-- plan_predict: a prediction, unless it is there; returns nothing.
INSERT INTO prediction (uuid, fit_id, made_at, plan, cell_hash, role, point, y, mean_low, mean_high,
                        run_low, run_high, run_sd, confidence)
VALUES (:uuid, :fit_id, :made_at, :plan, :cell_hash, :role, :point, :y, :mean_low, :mean_high,
        :run_low, :run_high, :run_sd, :confidence)
ON CONFLICT DO NOTHING
