-- event_model: sizes and costs of a cell; returns nothing.
INSERT INTO cell_cost (cell_id, params_trunk, params_total, tokens, flops_image, flops_step,
                       flops_total, steps, images, patches)
VALUES (:cell_id, :params_trunk, :params_total, :tokens, :flops_image, :flops_step,
        :flops_total, :steps, :images, :patches)
ON CONFLICT (cell_id) DO UPDATE
SET params_trunk = excluded.params_trunk, params_total = excluded.params_total,
    tokens = excluded.tokens, flops_image = excluded.flops_image,
    flops_step = excluded.flops_step, flops_total = excluded.flops_total,
    steps = excluded.steps, images = excluded.images, patches = excluded.patches
