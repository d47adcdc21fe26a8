-- loss_vs_accuracy: one row a probe cell of a pre-training run and kind of head: the run's final
-- loss and the test top1 of the best tap. Stale probes are left out.
--   loss      final causal validation loss of the run
--   kind      of head: linear or attentive
--   setting   how it was probed, as in probe_layers
--   data      with which images, as in probe_layers: only probes that are equal in both compare
-- Ask: Does a lower loss mean a better probe?
--     SELECT setting, data, kind, corr(loss, test_top1) AS r, spearman(loss, test_top1) AS rho,
--            count(*) AS n
--       FROM loss_vs_accuracy GROUP BY setting, data, kind
--
-- The few runs that were probed are found by their hashes, instead of all runs for each question; the
-- plus keeps SQLite from an index of all pre-training runs, made for the query, in place of that.
CREATE VIEW loss_vs_accuracy AS
SELECT
    r.run, r.width, r.seed, r.flops_total,
    r.loss,
    b.probe_run, b.setting, b.data, b.kind, b.tap, b.test_top1, b.test_images
FROM best_layer b
CROSS JOIN runs r ON r.hash >= b.run AND r.hash < b.run || 'g' -- what begins with b.run
WHERE b.trunk = 'pretrained'
  AND +r.task = 'pretrain' AND r.state = 'done' AND r.loss IS NOT NULL
