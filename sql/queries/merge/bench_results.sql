-- merge_bench_results: what benchmarks' files hold that have none here; returns nothing.
INSERT INTO main.bench_result (bench_file_id, ordinal, program, suite, shape, precision, workers,
                               recompute, metric, unit, n, median, low, high, limit_name,
                               limit_value)
SELECT f.bench_file_id, r.ordinal, r.program, r.suite, r.shape, r.precision, r.workers,
       r.recompute, r.metric, r.unit, r.n, r.median, r.low, r.high, r.limit_name, r.limit_value
FROM other.bench_result r
JOIN other.bench_file o USING (bench_file_id)
JOIN main.bench_file f ON f.sha256 = o.sha256
WHERE true
ON CONFLICT DO NOTHING
