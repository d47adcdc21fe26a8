-- event_series: 1 row: series_id of a curve, which is made where it is new.
INSERT INTO series (cell_id, split, metric)
VALUES (:cell_id, :split, :metric)
ON CONFLICT (cell_id, split, metric) DO UPDATE SET metric = excluded.metric
RETURNING series_id
