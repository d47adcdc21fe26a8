-- sweep_add_var: notes a cell's value of a name of the sweep's own, once; returns nothing.
INSERT INTO sweep_var (sweep_id, cell_id, name, value)
VALUES (:sweep_id, :cell_id, :name, :value)
ON CONFLICT DO NOTHING
