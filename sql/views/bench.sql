-- bench: one row a measurement of an imported benchmark file.
--   made             when it was measured, UTC, like 2026-11-25 21:00:00
--   git_commit       first 12 hex digits, or unknown
--   git_dirty        1: with local changes
--   program          patchlaw, or a peer that does the same work
--   workers          threads that worked
--   median, low, high  of n measurements, in unit
--   limit_value      what bounds it on that machine, measured beside it, in unit
--   share_of_limit   fraction: median / limit_value
--   made_at          unix microseconds
--   bench_file_id    the file's number in this ledger
-- Ask: Which share of the machine's limit is reached?
--     SELECT made, host, suite, shape, precision, metric, limit_name, share_of_limit
--       FROM bench WHERE limit_value IS NOT NULL ORDER BY made_at DESC, ordinal
CREATE VIEW bench AS
SELECT
    datetime(f.made_at / 1000000, 'unixepoch') AS made,
    substr(f.git_commit, 1, 12) AS git_commit,
    f.git_dirty,
    f.host,
    r.program,
    r.suite,
    r.shape,
    r.precision,
    r.workers,
    r.recompute,
    r.metric,
    r.unit,
    r.n,
    r.median,
    r.low,
    r.high,
    r.limit_name,
    r.limit_value,
    r.median / r.limit_value AS share_of_limit,
    f.version,
    f.cpu,
    f.cores,
    f.isa,
    f.blas,
    f.blas_kernel,
    f.file,
    f.made_at,
    r.bench_file_id,
    r.ordinal
FROM bench_file f
JOIN bench_result r USING (bench_file_id)
