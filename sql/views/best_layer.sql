-- best_layer: one row a probe cell and kind, of probe_layers: the tap with the best VALIDATION top1 (ties:
-- the lower block, then the taps that are not blocks), its test figures beside it. Stale probes
-- are left out. A run that was probed in several ways has a row for each.
--   setting, data   of the probe, as in probe_layers: only equal ones compare
--   trained         parameters that its training changed: linear, attentive, lora, finetune; knn: 0
--   test_top1_se    binomial standard error of test_top1, a fraction
-- Ask: Do trained trunks beat the controls?
--     SELECT kind, trunk, quantile(test_top1, 0.5) AS median_top1, count(*) AS n
--       FROM best_layer GROUP BY kind, trunk ORDER BY kind, median_top1 DESC
CREATE VIEW best_layer AS
SELECT
    run, probe_run, trunk, width, depth, heads, patch_px, seed, setting, data,
    kind, tap, layer, trained, val_top1, test_top1,
    sqrt(test_top1 * (1 - test_top1) / test_images) AS test_top1_se,
    test_images
FROM (
    SELECT run, probe_run, trunk, width, depth, heads, patch_px, seed, setting, data,
           kind, tap, layer, trained, val_top1, test_top1, test_images,
           row_number() OVER (PARTITION BY probe_run, kind
                              ORDER BY val_top1 DESC, layer < 0, layer, tap) AS place
    FROM probe_layers
    WHERE stale = 0
)
WHERE place = 1
