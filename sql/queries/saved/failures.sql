-- failures: the runs that did not end well, and why.
SELECT run, kind, state, exit_code, signal, attempts, reason, folder
FROM runs
WHERE state IN ('failed', 'killed', 'diverged', 'orphaned')
ORDER BY ended_at DESC
