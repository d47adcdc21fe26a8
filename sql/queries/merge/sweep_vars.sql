-- merge_sweep_vars: what a sweep's file varied beside keys; returns nothing.
INSERT INTO main.sweep_var (sweep_id, cell_id, name, value)
SELECT s.sweep_id, c.cell_id, v.name, v.value
FROM other.sweep_var v
JOIN other.cell oc USING (cell_id)
JOIN other.sweep os USING (sweep_id)
JOIN main.cell c ON c.hash = oc.hash
JOIN main.sweep s ON s.sha256 = os.sha256
WHERE true
ON CONFLICT DO NOTHING
