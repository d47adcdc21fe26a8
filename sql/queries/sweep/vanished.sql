-- sweep_vanished: 1 row: cells that earlier texts of the sweep's file had and this one has not.
SELECT count(DISTINCT o.cell_id) AS cells
FROM sweep s
JOIN sweep e ON e.name = s.name AND e.sweep_id <> s.sweep_id
JOIN sweep_cell o ON o.sweep_id = e.sweep_id
WHERE s.sweep_id = :sweep_id
  AND NOT EXISTS (SELECT 1 FROM sweep_cell WHERE sweep_id = s.sweep_id AND cell_id = o.cell_id)
