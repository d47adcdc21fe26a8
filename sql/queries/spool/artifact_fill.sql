-- spool_artifact_fill: a file of the run, where none of its kind is known; returns nothing.
INSERT INTO artifact (cell_id, kind, step, bytes, sha256, path, attempt_id, written_at)
VALUES (:cell_id, :kind, :step, :bytes, :sha256, :path, :attempt_id, :at)
ON CONFLICT DO NOTHING
