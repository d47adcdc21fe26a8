-- export_runs: one row a run, as in the view runs, with config (its resolved text); of the one of
-- that :hash, or of all where it is NULL.
SELECT r.*, (SELECT config FROM cell c WHERE c.cell_id = r.cell_id) AS config
FROM runs r
WHERE :hash IS NULL OR r.hash = :hash
ORDER BY r.cell_id
