-- spool_adopt: gives probes their parent that came into the ledger after them; returns nothing.
UPDATE cell
SET parent_cell_id = (SELECT p.cell_id FROM cell_key k JOIN cell p ON p.hash = k.value
                       WHERE k.cell_id = cell.cell_id AND k.key = 'probe.trunk')
WHERE task = 'probe' AND parent_cell_id IS NULL
