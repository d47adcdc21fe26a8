-- merge_sweep_cells: which cells a sweep has; returns nothing.
INSERT INTO main.sweep_cell (sweep_id, cell_id, ordinal)
SELECT s.sweep_id, c.cell_id, sc.ordinal
FROM other.sweep_cell sc
JOIN other.cell oc USING (cell_id)
JOIN other.sweep os USING (sweep_id)
JOIN main.cell c ON c.hash = oc.hash
JOIN main.sweep s ON s.sha256 = os.sha256
WHERE true
ON CONFLICT DO NOTHING
