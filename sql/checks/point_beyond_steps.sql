-- point_beyond_steps: a point behind the end of its training, or before its start: run, metric,
-- step.
SELECT r.run, s.metric, p.step
FROM runs r
JOIN series s USING (cell_id)
JOIN point p USING (series_id)
WHERE r.task = 'pretrain' AND (p.step < 0 OR p.step > r.steps)
