-- merge_forget_cell_input: what this ledger has of a cell whose facts come from the other one; returns
-- nothing.
DELETE FROM main.cell_input
WHERE cell_id = :ours
