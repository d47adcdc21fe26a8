-- curves: one curve of one run.
SELECT step, flops, value FROM curves WHERE run = :run AND split = 'train' AND metric = 'loss' ORDER BY step
