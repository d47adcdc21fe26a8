-- event_point: a point of a curve; one that is heard again after a resume replaces itself;
-- returns nothing.
INSERT INTO point (series_id, step, kind, value)
VALUES (:series_id, :step, :kind, :value)
ON CONFLICT (series_id, step) DO UPDATE SET kind = excluded.kind, value = excluded.value
