-- sweep_vanished: 1 row: cells that earlier texts of the sweep's file had and this one has not.
SELECT count(*) AS cells
FROM sweep s
JOIN sweep_cells v ON v.sweep = s.name AND v.vanished
WHERE s.sweep_id = :sweep_id
