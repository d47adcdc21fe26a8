-- merge_take_series: the curves of a cell from the other ledger; returns nothing.
INSERT INTO main.series (
    cell_id, split, metric)
SELECT
    :ours, split, metric
FROM other.series
WHERE cell_id = :theirs
