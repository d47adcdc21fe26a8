-- event_data: a split that the cell reads; returns nothing.
INSERT INTO cell_data (cell_id, role, name, sha256, images, classes)
VALUES (:cell_id, :role, :name, :sha256, :images, :classes)
ON CONFLICT (cell_id, role) DO UPDATE
SET name = excluded.name, sha256 = excluded.sha256, images = excluded.images,
    classes = excluded.classes
