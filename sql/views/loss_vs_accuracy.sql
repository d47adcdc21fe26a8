-- loss_vs_accuracy: one row a probe cell of a pre-training run and kind of head: the run's final
-- loss and the test top1 of the best tap. Stale probes are left out.
--   loss      final causal validation loss of the run
--   kind      of head: linear or attentive
--   setting   how it was probed, as in probe_layers: only equal ones compare
-- Ask: Does a lower loss mean a better probe?
--     SELECT setting, kind, corr(loss, test_top1) AS r, spearman(loss, test_top1) AS rho,
--            count(*) AS n
--       FROM loss_vs_accuracy GROUP BY setting, kind
CREATE VIEW loss_vs_accuracy AS
SELECT
    f.run, f.width, f.seed, f.flops_total,
    f.loss_causal AS loss,
    b.probe_run, b.setting, b.kind, b.tap, b.test_top1, b.test_images
FROM final_loss f
JOIN best_layer b ON b.run = f.run AND b.trunk = 'pretrained'
