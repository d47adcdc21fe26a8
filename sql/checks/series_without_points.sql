-- series_without_points: a curve that nothing was written to: run, split, metric.
SELECT substr(hash, 1, 12) AS run, split, metric
FROM cell
JOIN series s USING (cell_id)
WHERE NOT EXISTS (SELECT 1 FROM point p WHERE p.series_id = s.series_id)
