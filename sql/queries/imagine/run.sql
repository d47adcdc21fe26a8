-- imagine_run: the newest attempt of a pre-training cell that wrote a checkpoint: cell_id,
-- attempt_id, folder (below the ledger's); no row where there is none.
--   :hash  of its config
SELECT c.cell_id, k.attempt_id, a.folder
FROM cell c
JOIN artifact k USING (cell_id)
JOIN attempt a ON a.attempt_id = k.attempt_id
WHERE c.hash = :hash AND k.kind = 'checkpoint'
