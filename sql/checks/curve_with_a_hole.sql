-- curve_with_a_hole: a finished pre-training cell whose training curve lacks points: run, points,
-- wanted (one every train.log_every steps).
SELECT r.run, count(p.step) AS points, r.steps / CAST(every.value AS INTEGER) AS wanted
FROM runs r
JOIN cell_key every ON every.cell_id = r.cell_id AND every.key = 'train.log_every'
LEFT JOIN series s ON s.cell_id = r.cell_id AND s.split = 'train' AND s.metric = 'loss'
LEFT JOIN point p ON p.series_id = s.series_id
WHERE r.task = 'pretrain' AND r.state = 'done'
GROUP BY r.cell_id
HAVING count(p.step) < r.steps / CAST(every.value AS INTEGER)
