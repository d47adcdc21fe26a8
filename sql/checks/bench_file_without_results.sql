-- bench_file_without_results: a benchmark's file that brought nothing: file, sha256.
SELECT file, sha256
FROM bench_file f
WHERE NOT EXISTS (SELECT 1 FROM bench_result r WHERE r.bench_file_id = f.bench_file_id)
