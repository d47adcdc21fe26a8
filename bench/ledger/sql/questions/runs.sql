-- runs: all that is known of each run.
SELECT * FROM runs
