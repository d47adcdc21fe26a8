-- merge_forget_series: what this ledger has of a cell whose facts come from the other one; returns
-- nothing.
DELETE FROM main.series
WHERE cell_id = :ours
