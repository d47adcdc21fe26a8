-- attempt_running_twice: a cell that has two attempts that are not over: run, attempts.
SELECT substr(hash, 1, 12) AS run, count(*) AS attempts
FROM cell JOIN attempt USING (cell_id)
WHERE state IN ('queued', 'claimed', 'running')
GROUP BY cell_id
HAVING count(*) > 1
