-- merge_forget_series_summary: what this ledger has of a cell whose facts come from the other one; returns
-- nothing.
DELETE FROM main.series_summary
WHERE series_id IN (SELECT series_id FROM main.series WHERE cell_id = :ours)
