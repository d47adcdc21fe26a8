-- plan_near: size and FLOPs of each finished pre-training run on the data set :data.
SELECT width, heads, depth, flops_total
FROM runs r
WHERE task = 'pretrain' AND state = 'done'
  AND :data = (SELECT value FROM cell_key k WHERE k.cell_id = r.cell_id AND k.key = 'data.name')
