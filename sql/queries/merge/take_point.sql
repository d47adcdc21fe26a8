-- merge_take_point: the points of a cell from the other ledger; returns nothing.
INSERT INTO main.point (
    series_id, step, kind, value)
SELECT
    s.series_id, t.step, t.kind, t.value
FROM other.series o
JOIN other.point t USING (series_id)
JOIN main.series s ON s.cell_id = :ours AND s.split = o.split AND s.metric = o.metric
WHERE o.cell_id = :theirs
