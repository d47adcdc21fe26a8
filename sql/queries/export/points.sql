-- export_points: one row a point of a curve: run, split, metric, step, value (a number, or nan, inf,
-- -inf as a word); of the run of that :hash, or of all where it is NULL.
SELECT substr(c.hash, 1, 12) AS run, s.split, s.metric, p.step,
       CASE p.kind WHEN 0 THEN p.value WHEN 1 THEN 'nan' WHEN 2 THEN 'inf' ELSE '-inf' END AS value
FROM cell c
JOIN series s USING (cell_id)
JOIN point p USING (series_id)
WHERE :hash IS NULL OR c.hash = :hash
ORDER BY c.cell_id, s.split, s.metric, p.step
