-- scaling_points: one row a finished pre-training run, in the letters of the scaling laws.
--   N        parameters of the trunk
--   N_head   parameters with the head
--   D        patches seen
--   C        training FLOPs
--   L        final causal validation loss
-- Ask: With which power of compute does the loss fall?
--     SELECT law ->> 'b' AS exponent, law ->> 'b_low' AS low, law ->> 'b_high' AS high,
--            law ->> 'n' AS n, law ->> 'decades' AS decades
--       FROM (SELECT power_law(C, L) AS law FROM scaling_points)
CREATE VIEW scaling_points AS
SELECT
    run, width, depth, seed,
    params_trunk AS N,
    params_total AS N_head,
    patches AS D,
    flops_total AS C,
    loss_causal AS L
FROM final_loss
