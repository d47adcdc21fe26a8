-- event_series: makes a curve, once; returns nothing.
INSERT INTO series (cell_id, split, metric)
VALUES (:cell_id, :split, :metric)
ON CONFLICT (cell_id, split, metric) DO NOTHING
