-- ablation: pairs of runs that differ in one key alone, and what that did to the loss.
SELECT key, value_a, value_b, run_a, run_b, loss_a, loss_b, delta
FROM ablation
ORDER BY key, abs(delta) DESC
