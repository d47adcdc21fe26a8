-- filter: the runs of one width and rate, best first.
SELECT run, seed, loss, wall_s FROM runs WHERE width = 64 AND lr_peak = 0.001 ORDER BY loss
