-- attempt_running_twice: a cell that two attempts work on at once: run, attempts.
SELECT substr(hash, 1, 12) AS run, count(*) AS attempts
FROM cell JOIN attempt USING (cell_id)
WHERE state = 'running'
GROUP BY cell_id
HAVING count(*) > 1
