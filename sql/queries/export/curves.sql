-- export_curves: one row a point of the run of that :hash, in the order of steps: tag
-- (split/metric), step, kind (0 finite, 1 nan, 2 inf, 3 -inf), value (NULL where it is not finite).
SELECT iif(s.split = '', s.metric, s.split || '/' || s.metric) AS tag, p.step, p.kind, p.value
FROM cell c
JOIN series s USING (cell_id)
JOIN point p USING (series_id)
WHERE c.hash = :hash
ORDER BY p.step, s.split, s.metric
