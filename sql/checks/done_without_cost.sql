-- done_without_cost: a finished cell of our own engine whose sizes were never heard: run.
SELECT run
FROM runs
WHERE state = 'done' AND task <> 'external' AND params_total IS NULL
