-- best_layer: of every probe.
SELECT * FROM best_layer ORDER BY test_top1 DESC
