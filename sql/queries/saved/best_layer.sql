-- best_layer: the best tap of every run, chosen on validation images, scored on test images.
SELECT run, probe_run, trunk, width, kind, tap, round(val_top1, 4) AS val_top1,
       round(test_top1, 4) AS test_top1, round(test_top1_se, 4) AS se, test_images
FROM best_layer
ORDER BY test_top1 DESC
