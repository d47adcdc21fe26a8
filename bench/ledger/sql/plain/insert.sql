-- plain_insert: returns nothing.
INSERT INTO point (series, step, value) VALUES (:series, :step, :value)
