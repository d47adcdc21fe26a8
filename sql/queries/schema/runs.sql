-- schema_runs: one row a run, the newest first: run.
SELECT substr(hash, 1, 12) AS run FROM cell ORDER BY created_at DESC, cell_id DESC
