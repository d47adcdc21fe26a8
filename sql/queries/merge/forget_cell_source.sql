-- merge_forget_cell_source: what this ledger has of a cell whose facts come from the other one;
-- returns nothing.
DELETE FROM main.cell_source
WHERE cell_id = :ours
