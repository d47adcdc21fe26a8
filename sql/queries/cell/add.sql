-- cell_add: notes a cell, once; returns nothing.
INSERT INTO cell (hash, task, seed, config, parent_cell_id, created_at)
VALUES (:hash, :task, :seed, :config,
        (SELECT cell_id FROM cell WHERE hash = :parent), :at)
ON CONFLICT (hash) DO NOTHING
