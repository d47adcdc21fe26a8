-- best_layer: one row a run and kind of head: the tap with the best VALIDATION top1 (ties: the
-- lower block, then the taps that are not blocks), its test figures beside it. Stale probes are
-- left out.
--   test_top1_se  binomial standard error of test_top1, a fraction
CREATE VIEW best_layer AS
SELECT
    run, trunk, width, depth, seed, kind, tap, layer, val_top1, test_top1,
    sqrt(test_top1 * (1 - test_top1) / test_images) AS test_top1_se,
    test_images
FROM (
    SELECT *,
           row_number() OVER (PARTITION BY run, kind
                              ORDER BY val_top1 DESC, layer < 0, layer, tap, probe_run) AS place
    FROM probe_layers
    WHERE stale = 0
)
WHERE place = 1
