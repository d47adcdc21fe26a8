-- merge_parents: the parents of cells that have none yet; returns nothing.
UPDATE main.cell AS c
SET parent_cell_id = p.cell_id
FROM other.cell o, other.cell op, main.cell p
WHERE o.hash = c.hash AND c.parent_cell_id IS NULL AND op.cell_id = o.parent_cell_id
  AND p.hash = op.hash
