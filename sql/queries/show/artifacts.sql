-- show_artifacts: one row a file of the cell: kind, step, bytes, path (below the ledger's folder),
-- sha256.
SELECT k.kind, k.step, k.bytes, a.folder || '/' || k.path AS path, k.sha256
FROM cell c
JOIN artifact k USING (cell_id)
JOIN attempt a ON a.attempt_id = k.attempt_id
WHERE c.hash = :hash
ORDER BY k.kind
