#include "objective/distil.h"
#include <string.h>

static isize larger(isize a, isize b)
{
    return a > b ? a : b;
}

vt_distil_shape vt_distil_shape_of(const vt_config *c)
{
    vt_distil_shape shape = {.recipe = vt_objective_of(c)->recipe};
    const vt_distil_recipe *recipe = shape.recipe;
    isize small_side = c->data_small_px / c->model_patch_px;
    shape.trunk = vt_objective_trunk(c);
    if (c->data_small_crops > 0) shape.trunk.small_px = (int)c->data_small_px;
    shape.head = (vt_distil_head_shape){.in = c->model_width,
                                        .width = c->head_width,
                                        .bottleneck = c->head_bottleneck,
                                        .prototypes = c->head_prototypes};
    shape.small = c->data_small_crops;
    shape.small_tokens = small_side * small_side + 1;
    shape.tokens = vt_trunk_tokens(&shape.trunk);
    shape.patches = vt_trunk_patches(&shape.trunk);
    shape.most = recipe->patches ? (isize)(VT_DISTIL_MASK_MOST * (double)shape.patches) : 0;
    shape.sinkhorn = vt_config_is(c->teacher_centring, "own")
                         ? recipe->sinkhorn
                         : vt_config_is(c->teacher_centring, "sinkhorn");
    shape.koleo = recipe->koleo ? c->koleo_weight : 0;
    return shape;
}

#define REQUIRE(condition, ...)                                                                    \
    do {                                                                                           \
        if (!(condition)) return vt_fail(err, VT_ERR_CONFIG, __VA_ARGS__);                         \
    } while (0)

vt_status vt_distil_check(const vt_config *c, vt_error *err)
{
    vt_distil_shape shape = vt_distil_shape_of(c);
    if (shape.small > 0) {
        REQUIRE(c->data_small_px % c->model_patch_px == 0,
                "model.patch_px: %jd does not divide data.small_px: %jd",
                (intmax_t)c->model_patch_px, (intmax_t)c->data_small_px);
        REQUIRE(c->data_small_px <= c->data_image_px,
                "data.small_px: %jd is more than data.image_px: %jd", (intmax_t)c->data_small_px,
                (intmax_t)c->data_image_px);
        REQUIRE(c->data_small_min <= c->data_crop_min,
                "data.small_min: %g is more than data.crop_min: %g, the greatest area of a small "
                "crop",
                c->data_small_min, c->data_crop_min);
    }
    REQUIRE(!(shape.koleo > 0) || c->optim_batch_images >= 2 * c->train_shards,
            "train.shards: %jd leave a shard one image of %jd, which has no neighbour to spread "
            "from; use fewer, or koleo.weight 0",
            (intmax_t)c->train_shards, (intmax_t)c->optim_batch_images);
    return VT_OK;
}

vt_crops vt_distil_crops(const vt_config *c)
{
    return (vt_crops){.whole = VT_DISTIL_WHOLE,
                      .small = (int)c->data_small_crops,
                      .small_px = (int)c->data_small_px};
}

isize vt_distil_draws(const vt_config *config)
{
    vt_distil_shape shape = vt_distil_shape_of(config);
    return shape.most > 0 ? VT_DISTIL_WHOLE * shape.patches : 0;
}

isize vt_distil_pairs(const vt_config *config, const int32_t *draws)
{
    (void)config;
    (void)draws;
    return 1;
}

/* ---- storage ---- */

static vt_distil_net net_plan(const vt_distil_shape *shape, vt_params *params, vt_arena *arena)
{
    vt_distil_net net;
    net.trunk = vt_trunk_plan(&shape->trunk, params, arena);
    net.head = net.patch_head = vt_distil_head_plan(&shape->head, params, "head");
    if (shape->recipe->untied)
        net.patch_head = vt_distil_head_plan(&shape->head, params, "patch_head");
    return net;
}

void *vt_distil_plan(const vt_config *config, vt_params *params, vt_params *state, vt_arena *arena)
{
    vt_distil_shape shape = vt_distil_shape_of(config);
    vt_distil planned = {0}, *model = VT_TAKE(arena, vt_distil, 1);
    isize K = shape.head.prototypes;
    planned.student = net_plan(&shape, params, arena);
    state->prefix = VT_TEACHER;
    planned.teacher = net_plan(&shape, state, arena);
    state->prefix = NULL;
    if (!shape.sinkhorn) {
        planned.centre = vt_param_vector(state, K, VT_INIT_ZERO, "centre");
        if (shape.most > 0)
            planned.patch_centre = vt_param_vector(state, K, VT_INIT_ZERO, "patch_centre");
    }
    if (model) *model = planned;
    return model;
}

/* Images of the larger of both passes, in tokens of a whole crop. */
static isize trunk_images(const vt_distil_shape *shape, isize B)
{
    isize small = (B * shape->small * shape->small_tokens + shape->tokens - 1) / shape->tokens;
    return larger(VT_DISTIL_WHOLE * B, small);
}

void *vt_distil_plan_saved(const vt_config *config, isize B, int recompute, vt_arena *arena)
{
    vt_distil_shape shape = vt_distil_shape_of(config);
    vt_distil_saved s = {0}, *saved = VT_TAKE(arena, vt_distil_saved, 1);
    isize C = shape.trunk.width, wholes = VT_DISTIL_WHOLE * B;
    isize crops = larger(wholes, shape.small * B), R = larger(crops, wholes * (1 + shape.most));
    s.trunk = vt_trunk_saved_plan(&shape.trunk, trunk_images(&shape, B), recompute, arena);
    s.head = vt_distil_head_saved_plan(&shape.head, R, arena);
    if (shape.koleo > 0) s.koleo = vt_koleo_work_plan(B, C, arena);
    s.rows = VT_TAKE(arena, vt_real, R * C);
    s.drows = VT_TAKE(arena, vt_real, R * C);
    s.target = VT_TAKE(arena, vt_real, shape.head.prototypes);
    s.row_of = VT_TAKE(arena, int32_t, R);
    s.crop_of = VT_TAKE(arena, int32_t, R);
    s.nth = VT_TAKE(arena, int32_t, R);
    s.image_of = VT_TAKE(arena, int32_t, crops);
    s.masked = VT_TAKE(arena, int32_t, wholes * shape.patches);
    s.range = VT_TAKE(arena, vt_range, crops);
    s.losses = VT_TAKE(arena, double, B);
    if (saved) *saved = s;
    return saved;
}

void *vt_distil_plan_batch(const vt_config *config, isize B, vt_arena *arena)
{
    vt_distil_shape shape = vt_distil_shape_of(config);
    vt_distil_batch b = {0}, *batch = VT_TAKE(arena, vt_distil_batch, 1);
    isize K = shape.head.prototypes, crops = VT_DISTIL_WHOLE * B;
    b.targets = VT_TAKE(arena, vt_real, crops * K);
    b.patch_targets = VT_TAKE(arena, vt_real, crops * shape.most * K);
    b.masked = VT_TAKE(arena, isize, crops);
    b.first = VT_TAKE(arena, isize, crops + 1);
    b.mean = VT_TAKE(arena, vt_real, K);
    b.patch_mean = VT_TAKE(arena, vt_real, K);
    b.features = vt_features_plan(crops, shape.trunk.width, arena);
    b.losses = vt_arena_take(arena, B, (isize)sizeof *b.losses);
    b.work = vt_sinkhorn_work_plan(crops * larger(shape.most, 1), K, arena);
    if (batch) *batch = b;
    return batch;
}

vt_scratch_size vt_distil_scratch_size(const vt_config *config, isize B)
{
    vt_distil_shape shape = vt_distil_shape_of(config);
    vt_scratch_size size = vt_trunk_scratch_size(&shape.trunk, trunk_images(&shape, B));
    size.input = larger(size.input, vt_distil_head_input(&shape.head));
    return size;
}

/* ---- what goes through ---- */

static void list_classes(const vt_distil_shape *shape, const vt_shard *shard, vt_distil_run *run)
{
    const vt_distil_saved *s = shard->saved;
    int32_t batch = (int32_t)shard->config->optim_batch_images;
    for (isize n = 0; n < run->pass.B; n++) {
        int32_t crop = (int32_t)(n / shard->B), image = shard->image_of[n % shard->B];
        s->image_of[n] = crop * batch + image;
        s->range[n] = (vt_range){0, 1};
        s->row_of[n] = (int32_t)(run->pass.wanted == VT_ROWS_ALL ? n * shape->tokens : n);
        s->crop_of[n] = VT_DISTIL_WHOLE * image + (run->small ? 0 : crop);
        s->nth[n] = -1;
    }
    run->classes = run->count = run->pass.B;
}

static void list_patches(const vt_distil_shape *shape, const vt_shard *shard, vt_distil_run *run)
{
    const vt_distil_saved *s = shard->saved;
    for (isize n = 0; n < run->pass.B; n++) {
        isize chosen = n % shard->B * VT_DISTIL_WHOLE + n / shard->B;
        const int32_t *masked = shard->draws + chosen * shape->patches;
        for (int32_t p = 0, nth = 0; p < shape->patches; p++) {
            s->masked[n * shape->patches + p] = masked[p];
            if (!masked[p]) continue;
            s->row_of[run->count] = (int32_t)(n * shape->tokens) + 1 + p;
            s->crop_of[run->count] = s->crop_of[n];
            s->nth[run->count++] = nth++;
        }
    }
}

vt_distil_run vt_distil_run_of(const vt_distil_shape *shape, const vt_shard *shard, int small)
{
    const vt_config *c = shard->config;
    const vt_distil_saved *s = shard->saved;
    int patches = shape->most > 0 && !small;
    vt_distil_run run = {.small = small, .images = shard->images};
    run.pass = (vt_pass){.B = (small ? shape->small : VT_DISTIL_WHOLE) * shard->B,
                         .T = small ? shape->small_tokens : shape->tokens,
                         .wanted = patches ? VT_ROWS_ALL : VT_ROWS_GIVEN,
                         .rows = s->range,
                         .image_of = s->image_of};
    if (small) {
        run.pass.tokens.side = (int)(c->data_small_px / c->model_patch_px);
        run.images += vt_objective_crop_at(c, VT_DISTIL_WHOLE, 0);
    }
    list_classes(shape, shard, &run);
    if (patches) list_patches(shape, shard, &run);
    return run;
}

int vt_distil_parts(const vt_distil_shape *shape, const vt_distil_net *net,
                    const vt_distil_run *run, vt_distil_part parts[2])
{
    int apart = shape->recipe->untied && !run->small;
    parts[0] = (vt_distil_part){&net->head, 0, apart ? run->classes : run->count};
    parts[1] = (vt_distil_part){&net->patch_head, run->classes, run->count};
    return 1 + apart;
}
