-- show_finals: one row a curve of the cell: split, metric, its points, those that are not finite,
-- and its last value with that one's step. value is nan, inf or -inf as a word where it is one.
SELECT
    s.split, s.metric,
    count(*) AS points,
    sum(p.kind <> 0) AS not_finite,
    max(p.step) AS step,
    coalesce(p.value, CASE p.kind WHEN 1 THEN 'nan' WHEN 2 THEN 'inf' ELSE '-inf' END) AS value
FROM cell c
JOIN series s USING (cell_id)
JOIN point p USING (series_id)
WHERE c.hash = :hash
GROUP BY s.series_id
ORDER BY s.split, s.metric
