-- Test error of the best layer's attentive probe against the loss of the trunk. Several probes of one
-- trunk are drawn together.
SELECT run, loss AS L, 1 - test_top1 AS err, flops_total AS C, seed, run AS cluster,
       setting || ', ' || data AS protocol
  FROM loss_vs_accuracy WHERE kind = 'attentive'
