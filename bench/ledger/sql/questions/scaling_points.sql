-- scaling_points: of every run.
SELECT * FROM scaling_points ORDER BY C
