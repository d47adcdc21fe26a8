-- merge_take_series_summary: what the curves come to of a cell from the other ledger; returns nothing.
INSERT INTO main.series_summary (
    series_id, points, finite, step_first, step_last, value_first, value_last, value_min,
    step_min, value_max, step_max, tail_mean)
SELECT
    s.series_id, t.points, t.finite, t.step_first, t.step_last, t.value_first, t.value_last,
    t.value_min, t.step_min, t.value_max, t.step_max, t.tail_mean
FROM other.series o
JOIN other.series_summary t USING (series_id)
JOIN main.series s ON s.cell_id = :ours AND s.split = o.split AND s.metric = o.metric
WHERE o.cell_id = :theirs
