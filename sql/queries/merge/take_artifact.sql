-- merge_take_artifact: the newest files of a cell from the other ledger; returns nothing.
INSERT INTO main.artifact (cell_id, kind, step, bytes, sha256, path, attempt_id, written_at)
SELECT :ours, k.kind, k.step, k.bytes, k.sha256, k.path, a.attempt_id, k.written_at
FROM other.artifact k
JOIN other.attempt o USING (attempt_id)
JOIN main.attempt a ON a.uuid = o.uuid
WHERE k.cell_id = :theirs
