-- event_input: the checkpoint that a probe has read; returns nothing.
INSERT INTO cell_input (cell_id, sha256)
VALUES (:cell_id, :sha256)
ON CONFLICT (cell_id) DO UPDATE SET sha256 = excluded.sha256
