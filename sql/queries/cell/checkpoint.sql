-- cell_checkpoint: 0 or 1 row: the checkpoint of a finished run, as the ledger knows it: cell_id,
-- folder (below the ledger's folder), path (below that), bytes, sha256, written_at (unix
-- microseconds).
SELECT c.cell_id, a.folder, k.path, k.bytes, k.sha256, k.written_at
FROM cell c
JOIN artifact k ON k.cell_id = c.cell_id AND k.kind = 'checkpoint'
JOIN attempt a USING (attempt_id)
WHERE c.hash = :hash
  AND EXISTS (SELECT 1 FROM attempt WHERE cell_id = c.cell_id AND state = 'done')
  AND NOT EXISTS (SELECT 1 FROM attempt
                   WHERE cell_id = c.cell_id AND state IN ('claimed', 'running'))
