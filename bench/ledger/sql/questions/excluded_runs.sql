-- excluded_runs: all of them.
SELECT * FROM excluded_runs
