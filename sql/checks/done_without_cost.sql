-- done_without_cost: a finished cell whose sizes were never heard: run.
SELECT run
FROM runs
WHERE state = 'done' AND params_total IS NULL
