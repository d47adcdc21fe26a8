-- upkeep_artifacts: one row a newest file of a run: run, folder (below the ledger's folder), path
-- (below that), bytes, sha256.
SELECT substr(c.hash, 1, 12) AS run, a.folder, k.path, k.bytes, k.sha256
FROM artifact k
JOIN cell c USING (cell_id)
JOIN attempt a USING (attempt_id)
ORDER BY c.cell_id, k.kind
