-- feeding: which runs waited for their images.
SELECT run, data, width, workers, round(stall_pct, 2) AS stall_pct, round(read_pct, 1) AS read_pct FROM feeding ORDER BY stall_pct DESC
