-- chunk_losses: one row a run and a chunk of its sequence.
--   :sweep   name of a sweep, as launched last, or NULL for all runs
--   ordered  model.order of the run, and its mask in training
WITH scope AS (
    SELECT substr(c.hash, 1, 12) AS run
      FROM cell c
     WHERE :sweep IS NULL
        OR c.cell_id IN (SELECT cell_id FROM sweep_cells WHERE sweep = :sweep AND launched)
)
SELECT r.width, r.depth, r.steps, coalesce(o.value, '') || coalesce(', ' || m.value, '') AS ordered, l.run, l.chunk, l.loss
FROM chunk_losses l
JOIN runs r USING (run)
LEFT JOIN config_keys o ON o.cell_id = r.cell_id AND o.key = 'model.order'
LEFT JOIN config_keys m ON m.cell_id = r.cell_id AND m.key = 'model.attention'
WHERE l.run IN (SELECT run FROM scope)
ORDER BY ordered, r.width, r.depth, r.steps, r.seed, l.run, l.chunk
