-- loss_vs_accuracy: does a lower loss mean a better probe?
SELECT run, width, loss, kind, tap, test_top1, test_images
FROM loss_vs_accuracy
ORDER BY kind, loss
