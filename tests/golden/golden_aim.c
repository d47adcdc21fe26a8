/* Trunk, masks, target, loss, gradients and one optimiser step against the reference tensors. */
#include "base/heap.h"
#include "check.h"
#include "objective/aim.h"
#include "ops/gemm.h"
#include "optim/adamw.h"
#include "parity.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { IMAGES = 3, TOKENS = 16, WIDTH = 64, DEPTH = 2, PATCH = 588 };
static const double TOLERANCE = 2e-5;

static const vt_trunk_shape trunk_shape = {.image_px = 56,
                                           .patch_px = 14,
                                           .channels = 3,
                                           .width = WIDTH,
                                           .depth = DEPTH,
                                           .heads = 4,
                                           .norm_eps = 1e-6};

/* A model with all its storage, for one shard. */
typedef struct {
    vt_arena arena;
    vt_params params;
    vt_aim aim;
    vt_aim_saved saved;
    vt_scratch scratch;
    vt_optim optim;
    vt_real *image, *grad;
    vt_real *want; /* [IMAGES * TOKENS, PATCH] of the reference */
    vt_param_info *info;
    int32_t prefix_len[IMAGES];
} bench;

static void carve(bench *b, const vt_aim_shape *shape)
{
    vt_params counted = {0};
    vt_arena none = {0};
    (void)vt_aim_plan(shape, &counted, &none);
    vt_arena *arena = &b->arena;
    b->info = VT_TAKE(arena, vt_param_info, counted.count);
    b->params = (vt_params){.info = b->info};
    b->params.values = VT_TAKE(arena, vt_real, counted.size);
    b->params.grads = b->grad = VT_TAKE(arena, vt_real, counted.size);
    b->optim.value = b->params.values;
    b->optim.m = VT_TAKE(arena, vt_real, counted.size);
    b->optim.v = VT_TAKE(arena, vt_real, counted.size);
    b->aim = vt_aim_plan(shape, &b->params, arena);
    b->saved = vt_aim_saved_plan(shape, IMAGES, 0, arena);
    vt_scratch_size size = vt_aim_scratch_size(shape, IMAGES);
    size.recompute = 1;
    b->scratch = vt_scratch_plan(arena, &size);
    b->image = VT_TAKE(arena, vt_real, IMAGES * 3 * 56 * 56);
    b->want = VT_TAKE(arena, vt_real, IMAGES * TOKENS * PATCH);
    if (b->info)
        vt_optim_plan(&b->optim, b->info, b->params.count, arena);
    else
        (void)VT_TAKE(arena, char, 1 << 20);
}

static int open_bench(bench *b, int norm_skip)
{
    vt_error err = {0};
    vt_aim_shape shape = {.trunk = trunk_shape,
                          .head_width = 96,
                          .head_depth = 3,
                          .head_norm_skip = norm_skip,
                          .norm_pix = 1};
    *b = (bench){0};
    (void)vt_gemm_setup();
    vt_kernels_setup();
    carve(b, &shape);
    if (vt_arena_open(&b->arena, &err) != VT_OK) return 0;
    carve(b, &shape);
    return 1;
}

static const char *reference_name(char *out, size_t room, const char *variant, const char *name)
{
    int from_head = strncmp(name, "head.", 5) == 0;
    (void)snprintf(out, room, "%s%s%s", from_head ? variant : "", from_head ? "." : "", name);
    return out;
}

static void load_weights(bench *b, const char *variant, const vt_safetensors *weights,
                         const vt_safetensors *pretrain)
{
    char name[160];
    for (isize p = 0; p < b->params.count; p++) {
        vt_param_info *info = &b->info[p];
        int from_head = strncmp(info->name, "head.", 5) == 0;
        parity_read(from_head ? pretrain : weights,
                    reference_name(name, sizeof name, variant, info->name),
                    b->params.values + info->offset, info->rows * info->cols);
    }
}

static void masks_give_the_reference_blocks(void)
{
    bench b;
    vt_safetensors *weights = parity_open("blocks", "weights.safetensors");
    vt_safetensors *reference = parity_open("blocks", "reference.safetensors");
    vt_safetensors *pretrain = parity_open("blocks", "pretrain.safetensors");
    static const struct {
        vt_mask_kind mask;
        const char *prefix;
    } cases[] = {{VT_MASK_NONE, ""}, {VT_MASK_PREFIX, "prefix."}, {VT_MASK_CAUSAL, "causal."}};
    if (!weights || !reference || !pretrain || !open_bench(&b, 0)) goto done;
    load_weights(&b, "plain", weights, pretrain);
    vt_real lengths[IMAGES];
    parity_read(reference, "image", b.image, IMAGES * 3 * 56 * 56);
    parity_read(reference, "prefix_len", lengths, IMAGES);
    for (int i = 0; i < IMAGES; i++) b.prefix_len[i] = (int32_t)lengths[i];
    parity_compare(reference, "pos_embed", b.aim.trunk.embed.pos, TOKENS * WIDTH, TOLERANCE);
    for (int c = 0; c < 3; c++) {
        vt_pass pass = {.B = IMAGES,
                        .T = TOKENS,
                        .mask = cases[c].mask,
                        .prefix_len = b.prefix_len,
                        .wanted = VT_ROWS_ALL};
        vt_trunk_forward(&b.aim.trunk, &b.saved.trunk, &pass, b.image, &b.scratch);
        for (int l = 0; l < DEPTH; l++) {
            char name[64];
            (void)snprintf(name, sizeof name, "%sblock.%d", cases[c].prefix, l);
            parity_compare(reference, name, b.saved.trunk.blocks.out[l], IMAGES * TOKENS * WIDTH,
                           TOLERANCE);
        }
        if (c > 0) continue;
        parity_compare(reference, "tokens", b.saved.trunk.tokens, IMAGES * TOKENS * WIDTH,
                       TOLERANCE);
        parity_compare(reference, "post_trunk_norm_last", b.saved.trunk.final,
                       IMAGES * TOKENS * WIDTH, TOLERANCE);
    }
    vt_arena_close(&b.arena);
done:
    vt_safetensors_close(&weights);
    vt_safetensors_close(&reference);
    vt_safetensors_close(&pretrain);
}

static double take_step(bench *b)
{
    vt_real *sums[1] = {b->grad};
    b->optim.sums = sums;
    b->optim.sum_count = 1;
    vt_optim_step_options options = {.lr = 1e-3,
                                     .beta1 = 0.9,
                                     .beta2 = 0.95,
                                     .eps = 1e-8,
                                     .weight_decay = 0.05,
                                     .clip_norm = 1,
                                     .step = 1};
    memset(b->optim.m, 0, (size_t)b->params.size * sizeof *b->optim.m);
    memset(b->optim.v, 0, (size_t)b->params.size * sizeof *b->optim.v);
    return vt_optim_step(&b->optim, NULL, &options);
}

/* AdamW's first step moves a parameter by lr g / (|g| + 1e-8): where the clipped gradient is of
 * eps' own size, the rounding of g decides, in the reference too (the same comparison in double
 * precision differs from it by 2e-4 at one element). Those few are compared in the second step. */
static void compare_own_step(bench *b, const char *variant, const vt_safetensors *pretrain)
{
    static vt_real want[WIDTH * 4 * 96 * 4];
    char name[160];
    isize left_out = 0;
    double worst = 0;
    for (isize p = 0; p < b->params.count; p++) {
        const vt_param_info *info = &b->info[p];
        isize count = info->rows * info->cols;
        const vt_real *value = b->params.values + info->offset, *grad = b->grad + info->offset;
        (void)snprintf(name, sizeof name, "%s.after_step.%s", variant, info->name);
        parity_read(pretrain, name, want, count);
        for (isize i = 0; i < count; i++) {
            double gap = fabs((double)value[i] - (double)want[i]);
            if (fabs((double)grad[i]) < 1e-6)
                left_out++;
            else if (!(gap <= worst))
                worst = gap;
        }
    }
    check_near("parameters after a step from our own gradients", worst, 0, TOLERANCE);
    CU_ASSERT(left_out * 200 < b->params.numbers);
}

/* Every gradient, and every parameter after one clipped AdamW step: from our own gradients, and
 * from the reference's. */
static void compare_step(bench *b, const char *variant, const vt_safetensors *weights,
                         const vt_safetensors *pretrain)
{
    char name[160];
    vt_real norm = (vt_real)take_step(b);
    (void)snprintf(name, sizeof name, "%s.grad_norm", variant);
    parity_compare(pretrain, name, &norm, 1, TOLERANCE);
    compare_own_step(b, variant, pretrain);
    load_weights(b, variant, weights, pretrain);
    for (isize p = 0; p < b->params.count; p++) {
        const vt_param_info *info = &b->info[p];
        isize count = info->rows * info->cols;
        (void)snprintf(name, sizeof name, "%s.grad.%s", variant, info->name);
        parity_compare(pretrain, name, b->grad + info->offset, count, TOLERANCE);
        parity_read(pretrain, name, b->grad + info->offset, count);
    }
    (void)take_step(b);
    for (isize p = 0; p < b->params.count; p++) {
        const vt_param_info *info = &b->info[p];
        (void)snprintf(name, sizeof name, "%s.after_step.%s", variant, info->name);
        parity_compare(pretrain, name, b->params.values + info->offset, info->rows * info->cols,
                       TOLERANCE);
    }
}

/* Rows of the reference, which has all of them, against those that predict; ahead: the reference's
 * row is so many behind the one that predicts. */
static void compare_rows(bench *b, const vt_safetensors *file, const char *name, const vt_real *got,
                         isize rows, isize ahead)
{
    double worst = 0;
    parity_read(file, name, b->want, IMAGES * TOKENS * PATCH);
    for (isize i = 0; i < rows * PATCH; i++) {
        isize token = b->saved.trunk.blocks.row_of[i / PATCH], image = token / (TOKENS - 1);
        isize row = token + image + ahead; /* the trunk leaves the last token of each image out */
        double gap = fabs((double)got[i] - (double)b->want[row * PATCH + i % PATCH]);
        if (!(gap <= worst)) worst = gap;
    }
    CU_ASSERT(rows > IMAGES);
    check_near(name, worst, 0, TOLERANCE);
}

static void check_variant(const char *variant, int norm_skip)
{
    bench b;
    char name[64];
    vt_safetensors *weights = parity_open(variant, "weights.safetensors");
    vt_safetensors *reference = parity_open(variant, "reference.safetensors");
    vt_safetensors *pretrain = parity_open(variant, "pretrain.safetensors");
    if (!weights || !reference || !pretrain || !open_bench(&b, norm_skip)) goto done;
    load_weights(&b, variant, weights, pretrain);
    vt_real lengths[IMAGES];
    parity_read(reference, "image", b.image, IMAGES * 3 * 56 * 56);
    parity_read(reference, "prefix_len", lengths, IMAGES);
    for (int i = 0; i < IMAGES; i++) b.prefix_len[i] = (int32_t)lengths[i];
    vt_pass pass = {.B = IMAGES,
                    .T = TOKENS,
                    .mask = VT_MASK_PREFIX,
                    .prefix_len = b.prefix_len,
                    .wanted = VT_ROWS_PREDICTING};
    isize pairs = vt_pass_rows(&pass);
    vt_aim_forward(&b.aim, &b.saved, &pass, b.image, &b.scratch);
    vt_real loss = (vt_real)(vt_aim_loss(&b.aim, &b.saved, &pass, pairs) / (double)pairs);
    vt_aim_backward(&b.aim, &b.saved, &pass, &b.scratch);
    compare_rows(&b, pretrain, "target", b.saved.target.patches, pairs, 1);
    (void)snprintf(name, sizeof name, "%s.pred", variant);
    compare_rows(&b, pretrain, name, b.saved.head.pred, pairs, 0);
    (void)snprintf(name, sizeof name, "%s.loss", variant);
    parity_compare(pretrain, name, &loss, 1, TOLERANCE);
    compare_step(&b, variant, weights, pretrain);
    vt_arena_close(&b.arena);
done:
    vt_safetensors_close(&weights);
    vt_safetensors_close(&reference);
    vt_safetensors_close(&pretrain);
}

static void the_plain_head_gives_the_reference_step(void)
{
    check_variant("plain", 0);
}

static void the_head_with_norm_skip_gives_the_reference_step(void)
{
    check_variant("l3m", 1);
}

SUITE(golden_aim, {"masks give the reference blocks", masks_give_the_reference_blocks},
      {"the plain head gives the reference step", the_plain_head_gives_the_reference_step},
      {"the head with norm skip gives the reference step",
       the_head_with_norm_skip_gives_the_reference_step})
