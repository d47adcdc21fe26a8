-- bench_change: one row a measurement that was made before, too: the same program, suite, shape,
-- precision, workers, recompute and metric on the same host and CPU.
--   median_before, share_before, made_before, commit_before  of the last one before it
--   ratio            median / median_before
--   share_ratio      share_of_limit / share_before: what is left of it where the machine itself was
--                    faster or slower
-- Ask: What has become slower by more than a tenth?
--     SELECT made, host, suite, shape, precision, metric, ratio, share_ratio FROM bench_change
--      WHERE metric LIKE '%_per_s' AND ratio < 0.9
CREATE VIEW bench_change AS
SELECT
    made, git_commit, git_dirty, host, program, suite, shape, precision, workers, recompute, metric,
    unit, median, median_before, median / median_before AS ratio,
    share_of_limit, share_before, share_of_limit / share_before AS share_ratio,
    made_before, commit_before
FROM (
    SELECT
        *,
        lag(made) OVER earlier AS made_before,
        lag(git_commit) OVER earlier AS commit_before,
        lag(median) OVER earlier AS median_before,
        lag(share_of_limit) OVER earlier AS share_before
    FROM bench
    WINDOW earlier AS (
        PARTITION BY host, cpu, program, suite, shape, precision, workers, recompute, metric, unit,
                     limit_name
        ORDER BY made_at, bench_file_id)
)
WHERE made_before IS NOT NULL
