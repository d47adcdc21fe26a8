-- event_point: a point of a curve; one that is heard again after a resume replaces itself; returns
-- nothing, and changes nothing where the curve has not been made (NOT NULL skips the row).
INSERT OR IGNORE INTO point (series_id, step, kind, value)
VALUES ((SELECT series_id FROM series
          WHERE cell_id = :cell_id AND split = :split AND metric = :metric),
        :step, :kind, :value)
ON CONFLICT (series_id, step) DO UPDATE SET kind = excluded.kind, value = excluded.value
