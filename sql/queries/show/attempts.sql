-- show_attempts: one row an attempt at a cell. Times are UTC; wall_s and cpu_s seconds; rss_peak
-- bytes; engine its version, build its compiler and flags.
SELECT
    ordinal AS attempt, state, step_resumed AS from_step, exit_code, signal,
    datetime(coalesce(started_at, claimed_at) / 1000000, 'unixepoch') AS started,
    wall_s, cpu_s, rss_peak, workers, host, isa, blas_kernel,
    engine, substr(git_commit, 1, 12) || iif(git_dirty, '+', '') AS "commit", build,
    reason
FROM cell c JOIN attempt a USING (cell_id)
WHERE c.hash = :hash
ORDER BY ordinal
