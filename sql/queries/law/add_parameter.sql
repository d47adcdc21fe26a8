INSERT INTO fit_parameter (fit_id, place, name, value, se, low, high, at_bound, fixed)
VALUES (:fit_id, :place, :name, :value, :se, :low, :high, :at_bound, :fixed)
