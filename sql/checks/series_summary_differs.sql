-- series_summary_differs: a finished run's curve that is not what its summary says: run, split,
-- metric, points, summed_up (points of the summary, NULL where there is none).
SELECT substr(hash, 1, 12) AS run, split, metric, count(*) AS points, t.points AS summed_up
FROM cell c
JOIN series s USING (cell_id)
JOIN point p USING (series_id)
LEFT JOIN series_summary t USING (series_id)
WHERE EXISTS (SELECT 1 FROM attempt a WHERE a.cell_id = c.cell_id AND a.state = 'done')
GROUP BY series_id
HAVING count(*) IS NOT t.points OR max(p.step) IS NOT t.step_last
    OR min(p.value) IS NOT t.value_min OR max(p.value) IS NOT t.value_max
