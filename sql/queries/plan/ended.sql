-- plan_ended: hashes of pre-training cells that a plan needs not name: done, diverged or pruned.
SELECT DISTINCT c.hash
FROM cell c
JOIN attempt a USING (cell_id)
WHERE c.task = 'pretrain' AND a.state IN ('done', 'diverged', 'pruned')
