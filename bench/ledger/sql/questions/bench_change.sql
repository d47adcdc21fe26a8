-- bench_change: all of it.
SELECT * FROM bench_change
