-- spool_point_fill: a point of a curve, where the curve has none at that step; returns nothing, and
-- changes nothing where the curve has not been made (NOT NULL skips the row).
INSERT OR IGNORE INTO point (series_id, step, kind, value)
VALUES ((SELECT series_id FROM series
          WHERE cell_id = :cell_id AND split = :split AND metric = :metric),
        :step, :kind, :value)
