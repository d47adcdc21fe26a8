-- bench_find: 0 or 1 row: results, how many the file of that hash has brought.
SELECT (SELECT count(*) FROM bench_result WHERE bench_file_id = f.bench_file_id) AS results
FROM bench_file f
WHERE f.sha256 = :sha256
