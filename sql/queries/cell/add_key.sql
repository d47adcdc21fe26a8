-- cell_add_key: one key of a cell, once; returns nothing.
INSERT INTO cell_key (cell_id, key, value)
VALUES (:cell_id, :key, :value)
ON CONFLICT DO NOTHING
