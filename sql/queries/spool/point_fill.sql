-- spool_point_fill: a point of a curve, where it has none at that step; returns nothing.
INSERT INTO point (series_id, step, kind, value)
VALUES (:series_id, :step, :kind, :value)
ON CONFLICT DO NOTHING
