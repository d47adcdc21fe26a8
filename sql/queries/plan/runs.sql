-- plan_runs: one row a finished pre-training run, with what a plan holds against the rows of a fit.
SELECT run, params_trunk, params_total, patches, flops_total, loss, lr_peak
FROM runs
WHERE task = 'pretrain' AND state = 'done'
