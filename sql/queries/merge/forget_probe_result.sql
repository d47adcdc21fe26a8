-- merge_forget_probe_result: what this ledger has of a cell whose facts come from the other one; returns
-- nothing.
DELETE FROM main.probe_result
WHERE cell_id = :ours
