-- chunk_losses: one row a pre-training run that is done and a chunk of its sequence: what is
-- recorded with eval.chunks.
--   run    first 12 hex digits of the config's hash
--   chunk  from 0, in the order of prediction; equal parts of the patches
--   loss   causal validation loss over the chunk's targets, at the last validation; NULL where it is
--          not finite
-- Ask: Where in the sequence is prediction hard?
--     SELECT chunk, avg(loss) AS mean, count(*) AS runs FROM chunk_losses GROUP BY chunk
CREATE VIEW chunk_losses AS
SELECT
    CAST(substr(c.hash, 1, 12) AS TEXT) AS run,
    CAST(substr(s.metric, 12) AS INTEGER) AS chunk,
    (SELECT p.value FROM point p WHERE p.series_id = s.series_id
      ORDER BY p.step DESC LIMIT 1) AS loss
FROM cell c
JOIN series s USING (cell_id)
WHERE c.task = 'pretrain' AND s.split = 'val' AND s.metric GLOB 'loss_chunk.[0-9]*'
  AND EXISTS (SELECT 1 FROM attempt a WHERE a.cell_id = c.cell_id AND a.state = 'done')
