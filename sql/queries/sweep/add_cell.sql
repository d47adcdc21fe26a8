-- sweep_add_cell: puts a cell into a sweep, once; returns nothing.
INSERT INTO sweep_cell (sweep_id, cell_id, ordinal)
VALUES (:sweep_id, :cell_id, :ordinal)
ON CONFLICT DO NOTHING
