INSERT INTO fit_basin (fit_id, place, objective, starts, parameters)
VALUES (:fit_id, :place, :objective, :starts, :parameters)
