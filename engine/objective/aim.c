#include "objective/aim.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

static vt_head_shape head_shape(const vt_aim_shape *shape)
{
    return (vt_head_shape){
        .grid_side = shape->trunk.image_px / shape->trunk.patch_px,
        .in = shape->trunk.width,
        .values = vt_patch_values(&shape->trunk),
        .width = shape->head_width,
        .depth = shape->head_depth,
        .norm_skip = shape->head_norm_skip,
        .norm_eps = shape->trunk.norm_eps,
    };
}

vt_aim vt_aim_plan(const vt_aim_shape *shape, vt_params *params, vt_arena *arena)
{
    vt_head_shape head = head_shape(shape);
    vt_aim aim = {.norm_pix = shape->norm_pix};
    aim.trunk = vt_trunk_plan(&shape->trunk, params, arena);
    aim.head = vt_pixel_head_plan(&head, params, arena);
    return aim;
}

vt_aim_saved vt_aim_saved_plan(const vt_aim *aim, isize B, int frozen, vt_arena *arena)
{
    isize N = B * vt_trunk_tokens(&aim->trunk.shape), P = aim->head.shape.values;
    vt_aim_saved saved = {0};
    saved.trunk = vt_trunk_saved_plan(&aim->trunk, B, frozen, arena);
    saved.head = vt_head_saved_plan(&aim->head, N, arena);
    saved.target = VT_TAKE(arena, vt_real, N * P);
    saved.dpred = VT_TAKE(arena, vt_real, N * P);
    if (!frozen) {
        saved.dfinal = VT_TAKE(arena, vt_real, N * aim->trunk.shape.width);
        saved.trunk_scratch = vt_trunk_scratch_plan(&aim->trunk, B, arena);
        saved.head_scratch = vt_head_scratch_plan(&aim->head, N, arena);
    }
    return saved;
}

/* Index of the first target of an image. */
static isize first_target(const vt_pass *pass, isize image)
{
    return pass->mask == VT_MASK_PREFIX ? pass->prefix_len[image] : 1;
}

isize vt_aim_pairs(const vt_pass *pass)
{
    isize pairs = 0;
    for (isize b = 0; b < pass->B; b++) pairs += pass->T - first_target(pass, b);
    return pairs;
}

void vt_patch_targets(vt_real *target, const vt_real *patches, isize N, isize channels, isize P,
                      int norm_pix)
{
    isize pixels = P / channels;
    for (isize n = 0; n < N; n++) {
        const vt_real *from = patches + n * P;
        vt_real *to = target + n * P;
        double mean = 0, squares = 0;
        for (isize i = 0; i < P; i++) mean += (double)from[i];
        mean /= (double)P;
        for (isize i = 0; i < P; i++)
            squares += ((double)from[i] - mean) * ((double)from[i] - mean);
        double variance = P > 1 ? squares / (double)(P - 1) : 0;
        vt_real shift = norm_pix ? (vt_real)mean : 0;
        vt_real scale = norm_pix ? (vt_real)(1 / sqrt(variance + 1e-6)) : 1;
        for (isize channel = 0; channel < channels; channel++)
            for (isize i = 0; i < pixels; i++)
                to[i * channels + channel] = (from[channel * pixels + i] - shift) * scale;
    }
}

void vt_aim_forward(const vt_aim *aim, const vt_aim_saved *s, const vt_pass *pass,
                    const vt_real *images)
{
    isize N = pass->B * pass->T, P = aim->head.shape.values;
    /* 1 */ vt_trunk_forward(&aim->trunk, &s->trunk, pass, images);
    /* 2 */ vt_pixel_head_forward(&aim->head, &s->head, s->trunk.final, N);
    vt_patch_targets(s->target, s->trunk.patches, N, aim->trunk.shape.channels, P, aim->norm_pix);
}

double vt_aim_loss(const vt_aim *aim, const vt_aim_saved *s, const vt_pass *pass, isize pairs_batch)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize P = aim->head.shape.values, T = pass->T;
    vt_real scale = (vt_real)(2.0 / ((double)P * (double)pairs_batch));
    double sum = 0;
    memset(s->dpred, 0, (size_t)(pass->B * T * P) * sizeof *s->dpred);
    for (isize b = 0; b < pass->B; b++) {
        for (isize t = first_target(pass, b); t < T; t++) {
            isize row = b * T + t - 1; /* the token before predicts patch t */
            sum += kernels->squared_error(s->dpred + row * P, s->head.pred + row * P,
                                          s->target + (row + 1) * P, P, scale);
        }
    }
    return sum / (double)P;
}

void vt_aim_backward(const vt_aim *aim, const vt_aim_saved *s, const vt_pass *pass)
{
    isize N = pass->B * pass->T;
    /* 2 */ vt_pixel_head_backward(&aim->head, &s->head, s->trunk.final, s->dpred, s->dfinal,
                                   &s->head_scratch, N);
    /* 1 */ vt_trunk_backward(&aim->trunk, &s->trunk, pass, s->dfinal, &s->trunk_scratch);
}

vt_aim_cost vt_aim_cost_of(const vt_aim_shape *shape)
{
    vt_aim_cost cost = {0};
    vt_arena counting = {0};
    vt_params trunk = {0}, all = {0};
    (void)vt_trunk_plan(&shape->trunk, &trunk, &counting);
    (void)vt_aim_plan(shape, &all, &counting);
    int64_t T = vt_trunk_tokens(&shape->trunk), C = shape->trunk.width, W = shape->head_width;
    int64_t P = vt_patch_values(&shape->trunk), L = shape->trunk.depth, depth = shape->head_depth;
    int64_t embed = 2 * T * P * C;
    int64_t block = 2 * T * C * (3 * C + C + 8 * C) + 4 * T * T * C;
    int64_t head = 2 * T * (C * W + depth * 8 * W * W + W * P);
    cost.params_trunk = trunk.numbers;
    cost.params_total = all.numbers;
    cost.tokens = T;
    cost.flops_trunk = embed + L * block;
    cost.flops_forward = cost.flops_trunk + head;
    cost.flops_train = 3 * cost.flops_forward - embed;
    return cost;
}
