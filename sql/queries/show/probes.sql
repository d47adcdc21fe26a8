-- show_probes: one row a probed tap and kind of head of a run, or of its own probes: fractions.
SELECT probe_run, tap, kind, lr, weight_decay, k, trained, val_top1, test_top1, test_top5, test_loss,
       test_images, at_grid_edge, stale
FROM probe_layers
WHERE run = :run OR probe_run = :run
ORDER BY probe_run, kind, layer < 0, layer, tap
