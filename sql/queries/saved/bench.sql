-- bench: what the newest benchmark file of every host and program measured.
SELECT made, git_commit, host, program, suite, shape, precision, workers, recompute, metric, unit,
       n, median, low, high, limit_name, round(share_of_limit, 3) AS share_of_limit
FROM (SELECT *, dense_rank() OVER (PARTITION BY host, program
                                   ORDER BY made_at DESC, bench_file_id DESC) AS age
        FROM bench)
WHERE age = 1
ORDER BY host, program, bench_file_id, ordinal
