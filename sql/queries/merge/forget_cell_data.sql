-- merge_forget_cell_data: what this ledger has of a cell whose facts come from the other one; returns
-- nothing.
DELETE FROM main.cell_data
WHERE cell_id = :ours
