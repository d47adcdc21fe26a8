-- done_pretrain_without_loss: a finished pre-training cell without a validation loss: run.
SELECT r.run
FROM runs r
WHERE r.task = 'pretrain' AND r.state = 'done'
  AND NOT EXISTS (SELECT 1 FROM series s JOIN point USING (series_id)
                   WHERE s.cell_id = r.cell_id AND s.split = 'val')
