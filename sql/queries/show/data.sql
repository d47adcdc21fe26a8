-- show_data: one row a split that the cell read: role, name, images, classes, sha256.
SELECT role, d.name, images, classes, d.sha256
FROM cell c JOIN cell_data d USING (cell_id)
WHERE c.hash = :hash
ORDER BY role
