-- show_metrics: one row a curve of a cell: split, metric.
SELECT s.split, s.metric
FROM cell c JOIN series s USING (cell_id)
WHERE c.hash = :hash
ORDER BY s.split, s.metric
