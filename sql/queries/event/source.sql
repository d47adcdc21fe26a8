-- event_source: a source of the mix that a run trains on; returns nothing.
INSERT INTO cell_source (cell_id, ordinal, name, sha256, weight, images, drawn)
VALUES (:cell_id, :ordinal, :name, :sha256, :weight, :images, :drawn)
ON CONFLICT (cell_id, ordinal) DO UPDATE
SET name = excluded.name, sha256 = excluded.sha256, weight = excluded.weight,
    images = excluded.images, drawn = excluded.drawn
