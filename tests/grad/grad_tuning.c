/* A trunk that learns with its head, in double: gradients by central differences through the mean
 * of the last blocks and the head's batch statistics, of every parameter and of low-rank changes.
 */
#include "base/rng.h"
#include "check.h"
#include "model/lora.h"
#include "model/probe.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

enum { IMAGES = 3, CLASSES = 4, DRAWS = 5 };
static const double STEP = 1e-5;
static const double no_decay[1] = {0};

typedef struct {
    vt_arena arena;
    vt_trunk_shape shape;
    vt_mask_kind mask;
    int from; /* first of the averaged blocks */
    vt_params params, changes;
    vt_trunk trunk, before;
    vt_trunk_saved saved;
    vt_scratch scratch;
    vt_lora lora;
    vt_bank head;
    vt_real *images, *features, *dx, *loaded;
    int32_t labels[IMAGES];
} tuned;

static void carve(tuned *t, int recompute)
{
    vt_params counted = {0}, small = {0};
    vt_arena none = {0}, *arena = &t->arena;
    (void)vt_trunk_plan(&t->shape, &counted, &none);
    vt_lora_plan(&t->lora, &t->shape, &small, &none);
    t->params = (vt_params){.info = VT_TAKE(arena, vt_param_info, counted.count)};
    t->params.values = VT_TAKE(arena, vt_real, counted.size);
    t->params.grads = VT_TAKE(arena, vt_real, counted.size);
    t->loaded = VT_TAKE(arena, vt_real, counted.size);
    t->trunk = vt_trunk_plan(&t->shape, &t->params, arena);
    vt_params loaded = {.values = t->loaded};
    t->before = vt_trunk_plan(&t->shape, &loaded, arena);
    t->changes = (vt_params){.info = VT_TAKE(arena, vt_param_info, small.count)};
    t->changes.values = VT_TAKE(arena, vt_real, small.size);
    t->changes.grads = VT_TAKE(arena, vt_real, small.size);
    vt_lora_plan(&t->lora, &t->shape, &t->changes, arena);
    vt_scratch_size size = vt_trunk_scratch_size(&t->shape, IMAGES);
    size.recompute = 1;
    t->scratch = vt_scratch_plan(arena, &size);
    t->saved = vt_trunk_saved_plan(&t->shape, IMAGES, recompute, arena);
    isize T = vt_trunk_tokens(&t->shape), px = t->shape.image_px;
    vt_bank_options options = {.kind = VT_PROBE_ATTENTIVE,
                               .images_max = IMAGES,
                               .tokens = T,
                               .width = t->shape.width,
                               .heads = t->shape.heads,
                               .classes = CLASSES,
                               .normalise = 1,
                               .count = 1,
                               .decays = no_decay};
    vt_bank_plan(&t->head, &options, arena);
    t->images = VT_TAKE(arena, vt_real, IMAGES * t->shape.channels * px * px);
    t->features = VT_TAKE(arena, vt_real, IMAGES * T * t->shape.width);
    t->dx = VT_TAKE(arena, vt_real, IMAGES * T * t->shape.width);
}

static void begin(tuned *t, int from, vt_mask_kind mask, int recompute)
{
    vt_error err = {{0}};
    vt_rng rng = vt_rng_at(5, VT_RNG_TEST, 0, 0);
    *t = (tuned){.from = from, .mask = mask, .lora = {.rank = 2, .alpha = 3}};
    t->shape = (vt_trunk_shape){.image_px = 6,
                                .patch_px = 3,
                                .channels = 2,
                                .width = 12,
                                .depth = 3,
                                .heads = 3,
                                .norm_eps = 1e-6};
    (void)vt_gemm_setup();
    vt_kernels_setup();
    carve(t, recompute);
    CU_ASSERT_FATAL(vt_arena_open(&t->arena, &err) == VT_OK);
    carve(t, recompute);
    vt_params_init(t->params.values, t->params.info, t->params.count, 11);
    for (isize i = 0; i < t->params.size; i++)
        t->params.values[i] += (vt_real)(0.1 * vt_rng_normal(&rng));
    memcpy(t->loaded, t->params.values, (size_t)t->params.size * sizeof *t->loaded);
    vt_bank_init(&t->head);
    for (isize i = 0; i < t->head.params; i++)
        t->head.values[i] = (vt_real)(0.4 * vt_rng_normal(&rng));
    isize pixels = (isize)t->shape.channels * t->shape.image_px * t->shape.image_px;
    for (isize i = 0; i < IMAGES * pixels; i++) t->images[i] = (vt_real)vt_rng_normal(&rng);
    for (int b = 0; b < IMAGES; b++) t->labels[b] = (int32_t)vt_rng_below(&rng, CLASSES);
}

static vt_pass pass_of(const tuned *t)
{
    return (vt_pass){.B = IMAGES, .T = vt_trunk_tokens(&t->shape), .mask = t->mask};
}

static double loss_of(tuned *t)
{
    vt_pass pass = pass_of(t);
    isize count = IMAGES * pass.T * t->shape.width;
    double loss = 0;
    vt_trunk_forward(&t->trunk, &t->saved, &pass, t->images, &t->scratch);
    memset(t->features, 0, (size_t)count * sizeof *t->features);
    for (int l = t->from; l < t->shape.depth; l++)
        for (isize i = 0; i < count; i++)
            t->features[i] += t->saved.blocks.out[l][i] / (vt_real)(t->shape.depth - t->from);
    vt_bank_forward(&t->head, t->features, IMAGES, VT_BANK_TRAIN);
    vt_bank_loss(&t->head, t->labels, IMAGES, &loss);
    return loss;
}

static void go_back(tuned *t)
{
    vt_pass pass = pass_of(t);
    (void)loss_of(t);
    memset(t->params.grads, 0, (size_t)t->params.size * sizeof(vt_real));
    vt_bank_backward(&t->head, t->features, IMAGES);
    vt_bank_input_gradient(&t->head, t->features, IMAGES, t->dx);
    for (isize i = 0; i < IMAGES * pass.T * t->shape.width; i++)
        t->dx[i] /= (vt_real)(t->shape.depth - t->from);
    vt_trunk_backward_from(&t->trunk, &t->saved, &pass, t->dx, t->from, &t->scratch);
}

static void check_slope(const char *name, double gradient, double above, double below)
{
    double slope = (above - below) / (2 * STEP);
    check_near(name, gradient, slope, 1e-8 + 1e-6 * fabs(slope));
}

static void check_trunk(int from, vt_mask_kind mask, int recompute)
{
    tuned t;
    vt_rng rng = vt_rng_at(3, VT_RNG_TEST, 1, 0);
    double size = 0;
    begin(&t, from, mask, recompute);
    go_back(&t);
    for (isize p = 0; p < t.params.count; p++) {
        const vt_param_info *info = &t.params.info[p];
        for (int i = 0; i < DRAWS; i++) {
            isize at =
                info->offset + (isize)vt_rng_below(&rng, (uint64_t)(info->rows * info->cols));
            vt_real kept = t.params.values[at];
            t.params.values[at] = kept + (vt_real)STEP;
            double above = loss_of(&t);
            t.params.values[at] = kept - (vt_real)STEP;
            double below = loss_of(&t);
            t.params.values[at] = kept;
            check_slope(info->name, (double)t.params.grads[at], above, below);
            size = fmax(size, fabs((double)t.params.grads[at]));
        }
    }
    CU_ASSERT(size > 1e-3);
    vt_arena_close(&t.arena);
}

static void every_parameter_matches_differences(void)
{
    check_trunk(0, VT_MASK_NONE, 0);
    check_trunk(1, VT_MASK_NONE, 0);
    check_trunk(2, VT_MASK_CAUSAL, 0);
    check_trunk(1, VT_MASK_CAUSAL, 1);
}

static void merge(tuned *t)
{
    for (int l = 0; l < t->shape.depth; l++)
        vt_lora_merge(&t->lora, &t->before.blocks.list[l].attn, &t->trunk.blocks.list[l].attn, l);
}

static void low_rank_changes_match_differences(void)
{
    tuned t;
    vt_rng rng = vt_rng_at(4, VT_RNG_TEST, 2, 0);
    double size = 0;
    begin(&t, 1, VT_MASK_NONE, 0);
    for (isize i = 0; i < t.changes.size; i++)
        t.changes.values[i] = (vt_real)(0.2 * vt_rng_normal(&rng));
    merge(&t);
    go_back(&t);
    for (int l = 0; l < t.shape.depth; l++)
        vt_lora_backward(&t.lora, &t.trunk.blocks.list[l].attn, l);
    for (isize p = 0; p < t.changes.count; p++) {
        const vt_param_info *info = &t.changes.info[p];
        for (isize i = 0; i < info->rows * info->cols; i++) {
            vt_real *value = &t.changes.values[info->offset + i], kept = *value;
            double gradient = (double)t.changes.grads[info->offset + i];
            *value = kept + (vt_real)STEP;
            merge(&t);
            double above = loss_of(&t);
            *value = kept - (vt_real)STEP;
            merge(&t);
            double below = loss_of(&t);
            *value = kept;
            check_slope(info->name, gradient, above, below);
            size = fmax(size, fabs(gradient));
        }
    }
    CU_ASSERT(size > 1e-3);
    vt_arena_close(&t.arena);
}

SUITE(tuning_gradients,
      {"every parameter matches differences", every_parameter_matches_differences},
      {"low-rank changes match differences", low_rank_changes_match_differences})
