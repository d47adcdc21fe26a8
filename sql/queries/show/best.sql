-- show_best: one row a kind of head: kind, tap, test_top1 (fraction) of a run's best tap.
SELECT kind, tap, test_top1 FROM best_layer WHERE run = :run ORDER BY kind
