-- series_summarise: what the curves of an attempt's cell come to; returns nothing.
INSERT OR REPLACE INTO series_summary (series_id, points, finite, step_first, step_last,
    value_first, value_last, value_min, step_min, value_max, step_max, tail_mean)
SELECT series_id, points, finite, step_first, step_last,
    (SELECT value FROM point p WHERE p.series_id = s.series_id AND step = step_first),
    (SELECT value FROM point p WHERE p.series_id = s.series_id AND step = step_last),
    value_min,
    (SELECT min(step) FROM point p WHERE p.series_id = s.series_id AND value = value_min),
    value_max,
    (SELECT min(step) FROM point p WHERE p.series_id = s.series_id AND value = value_max),
    (SELECT avg(value) FROM point p
      WHERE p.series_id = s.series_id AND step > 0.9 * step_last AND kind = 0)
FROM (SELECT series_id, count(*) AS points, count(value) AS finite, min(step) AS step_first,
             max(step) AS step_last, min(value) AS value_min, max(value) AS value_max
        FROM series JOIN point USING (series_id)
       WHERE cell_id = (SELECT cell_id FROM attempt WHERE attempt_id = :attempt_id)
       GROUP BY series_id) s
