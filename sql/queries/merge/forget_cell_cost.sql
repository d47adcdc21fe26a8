-- merge_forget_cell_cost: what this ledger has of a cell whose facts come from the other one; returns
-- nothing.
DELETE FROM main.cell_cost
WHERE cell_id = :ours
