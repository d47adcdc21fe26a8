-- merge_cells: cells by the hash of their config; returns nothing.
INSERT INTO main.cell (hash, task, seed, config, created_at)
SELECT hash, task, seed, config, created_at
FROM other.cell
ORDER BY cell_id
ON CONFLICT DO NOTHING
