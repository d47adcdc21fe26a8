-- merge_forget_artifact: what this ledger has of a cell whose facts come from the other one; returns
-- nothing.
DELETE FROM main.artifact
WHERE cell_id = :ours
