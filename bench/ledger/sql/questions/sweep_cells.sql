-- sweep_cells: of one sweep.
SELECT * FROM sweep_cells WHERE sweep = 'sweep-0' ORDER BY ordinal
