/* What self-distillation costs: the whole of it, and what a step does. */
#include "objective/distil.h"

/* Of one crop, all of whose tokens leave the trunk or the class token alone. */
static vt_pass crop_pass(const vt_distil_shape *shape, int small, int all)
{
    static const vt_range class_row = {0, 1};
    return (vt_pass){.B = 1,
                     .T = small ? shape->small_tokens : shape->tokens,
                     .wanted = all ? VT_ROWS_ALL : VT_ROWS_GIVEN,
                     .rows = &class_row};
}

typedef struct {
    int64_t forward, backward;
} flops;

static flops crop_flops(const vt_distil_shape *shape, const vt_trunk *trunk, int small, int all,
                        int recompute)
{
    vt_pass pass = crop_pass(shape, small, all);
    return (flops){vt_trunk_flops_forward(trunk, &pass),
                   vt_trunk_flops_backward(trunk, &pass, recompute)};
}

vt_cost vt_distil_cost(const vt_config *config)
{
    vt_distil_shape shape = vt_distil_shape_of(config);
    vt_cost cost = vt_objective_trunk_cost(&shape.trunk);
    vt_arena counting = {0};
    vt_params trunk_params = {0}, all = {0}, state = {0};
    vt_trunk trunk = vt_trunk_plan(&shape.trunk, &trunk_params, &counting);
    (void)vt_distil_plan(config, &all, &state, &counting);
    flops whole = crop_flops(&shape, &trunk, 0, 1, 0), small = crop_flops(&shape, &trunk, 1, 1, 0);
    int64_t head = vt_distil_head_flops(&shape.head, 1);
    int64_t patch_heads = shape.recipe->patches ? shape.patches * head : 0;
    int64_t wholes = VT_DISTIL_WHOLE * (whole.forward + head + patch_heads);
    cost.params_total = all.numbers;
    cost.flops_forward = whole.forward + head + patch_heads;
    /* teacher, student forward, student backward */
    cost.flops_train = 2 * wholes + VT_DISTIL_WHOLE * (whole.backward + 2 * (head + patch_heads)) +
                       shape.small * (small.forward + small.backward + 3 * head);
    return cost;
}

int64_t vt_distil_flops(const vt_shard *shard, int recompute)
{
    vt_distil_shape shape = vt_distil_shape_of(shard->config);
    const vt_distil *model = shard->model;
    const vt_trunk *trunk = &model->student.trunk;
    int patches = shape.most > 0;
    flops whole = crop_flops(&shape, trunk, 0, patches, recompute);
    flops small = crop_flops(&shape, trunk, 1, 0, recompute);
    isize rows = VT_DISTIL_WHOLE * shard->B, small_rows = shape.small * shard->B, masked = 0;
    for (isize i = 0; patches && i < rows * shape.patches; i++) masked += shard->draws[i] != 0;
    return rows * (2 * whole.forward + whole.backward) +
           small_rows * (small.forward + small.backward) +
           4 * vt_distil_head_flops(&shape.head, rows + masked) +
           3 * vt_distil_head_flops(&shape.head, small_rows);
}
