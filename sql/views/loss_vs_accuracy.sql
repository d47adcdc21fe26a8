-- loss_vs_accuracy: one row a pre-training run and kind of head: its final loss and the test
-- top1 of its best tap. Stale probes are left out.
CREATE VIEW loss_vs_accuracy AS
SELECT
    f.run, f.width, f.seed, f.flops_total,
    f.loss_causal AS loss,
    b.kind, b.tap, b.test_top1, b.test_images
FROM final_loss f
JOIN best_layer b ON b.run = f.run AND b.trunk = 'pretrained'
