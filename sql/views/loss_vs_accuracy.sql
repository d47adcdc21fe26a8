-- loss_vs_accuracy: one row a probe cell of a pre-training run and kind of head: the run's final
-- loss and the test top1 of the best tap. Stale probes are left out.
--   setting   how it was probed, as in probe_layers: only equal ones compare
CREATE VIEW loss_vs_accuracy AS
SELECT
    f.run, f.width, f.seed, f.flops_total,
    f.loss_causal AS loss,
    b.probe_run, b.setting, b.kind, b.tap, b.test_top1, b.test_images
FROM final_loss f
JOIN best_layer b ON b.run = f.run AND b.trunk = 'pretrained'
