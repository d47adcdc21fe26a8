-- scaling_points: one row a finished pre-training run, in the letters of the scaling laws.
--   N parameters of the trunk · N_head with the head · D patches seen · C training FLOPs
--   L final causal validation loss
CREATE VIEW scaling_points AS
SELECT
    run, width, depth, seed,
    params_trunk AS N,
    params_total AS N_head,
    patches AS D,
    flops_total AS C,
    loss_causal AS L
FROM final_loss
