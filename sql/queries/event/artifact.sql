-- event_artifact: a file of the run that is whole and on disk; returns nothing.
INSERT INTO artifact (cell_id, kind, step, bytes, sha256, path, attempt_id, written_at)
VALUES (:cell_id, :kind, :step, :bytes, :sha256, :path, :attempt_id, :at)
ON CONFLICT (cell_id, kind) DO UPDATE
SET step = excluded.step, bytes = excluded.bytes, sha256 = excluded.sha256, path = excluded.path,
    attempt_id = excluded.attempt_id, written_at = excluded.written_at
