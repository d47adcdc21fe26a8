-- done_pretrain_without_checkpoint: a finished pre-training cell without a checkpoint of its last
-- step: run.
SELECT r.run
FROM runs r
LEFT JOIN artifact k ON k.cell_id = r.cell_id AND k.kind = 'checkpoint'
WHERE r.task = 'pretrain' AND r.state = 'done' AND k.step IS NOT r.steps
