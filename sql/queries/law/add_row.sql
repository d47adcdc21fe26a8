INSERT INTO fit_row (fit_id, place, run, point, observed, predicted, residual, excluded)
VALUES (:fit_id, :place, :run, :point, :observed, :predicted, :residual, :excluded)
