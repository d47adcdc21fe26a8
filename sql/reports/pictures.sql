-- pictures: one row a run of which patchlaw imagine has made a picture.
--   :sweep     name of a sweep, as launched last, or NULL for all runs
--   path       of the PNG file, below the ledger's folder
--   sha256     of its bytes
--   objective  that the run was trained by
--   loss       final causal validation loss; NULL where there is none
WITH scope AS (
    SELECT cell_id
      FROM cell
     WHERE :sweep IS NULL
        OR cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
)
SELECT r.run, n.value AS objective, r.width, r.depth, r.steps, r.loss, k.step,
       a.folder || '/' || k.path AS path, k.sha256
FROM artifact k
JOIN scope USING (cell_id)
JOIN runs r USING (cell_id)
JOIN attempt a ON a.attempt_id = k.attempt_id
LEFT JOIN config_keys n ON n.cell_id = r.cell_id AND n.key = 'objective.name'
WHERE k.kind = 'imagine'
ORDER BY objective, r.width, r.depth, r.steps, r.seed, r.run
