-- merge_take_cell_cost: the costs of a cell from the other ledger; returns nothing.
INSERT INTO main.cell_cost (
    cell_id, params_trunk, params_total, tokens, flops_image, flops_step, flops_total, steps,
    images, patches)
SELECT
    :ours, params_trunk, params_total, tokens, flops_image, flops_step, flops_total, steps,
    images, patches
FROM other.cell_cost
WHERE cell_id = :theirs
