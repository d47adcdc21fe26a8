/* The objective: pairs, targets, loss and its gradient by hand, and the exact cost. */
#include "check.h"
#include "core_fixture.h"
#include "objective/aim.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- pairs and targets ---- */

static void pairs_are_the_targets_behind_the_prefix(void)
{
    static const int32_t prefix[] = {1, 4, 8};
    vt_pass pass = {3, 9, VT_MASK_PREFIX, prefix};
    CU_ASSERT_EQUAL(vt_aim_pairs(&pass), 8 + 5 + 1);
    pass.mask = VT_MASK_CAUSAL;
    CU_ASSERT_EQUAL(vt_aim_pairs(&pass), 3 * 8);
    pass.B = 0;
    CU_ASSERT_EQUAL(vt_aim_pairs(&pass), 0);
}

static void targets_are_normed_by_the_unbiased_variance(void)
{
    /* mean 4, deviations -3 -1 1 3, squares 20, variance 20 / 3 */
    static const vt_real patch[] = {1, 3, 5, 7};
    vt_real target[4];
    vt_patch_targets(target, patch, 1, 1, 4, 1);
    for (int i = 0; i < 4; i++)
        check_near("target", (double)target[i], (2 * i - 3) / sqrt(20.0 / 3 + 1e-6),
                   core_bound(2e-7, 1e-15));
    vt_patch_targets(target, patch, 1, 1, 4, 0);
    CU_ASSERT(core_same(target, patch, 4));
}

static void targets_put_the_channel_last(void)
{
    /* Two patches of 2 pixels and 3 channels: from r0 r1 g0 g1 b0 b1 to r0 g0 b0 r1 g1 b1. */
    static const vt_real patch[] = {1, 2, 3, 4, 5, 6, 10, 20, 30, 40, 50, 60};
    static const vt_real want[] = {1, 3, 5, 2, 4, 6, 10, 30, 50, 20, 40, 60};
    vt_real target[12];
    vt_patch_targets(target, patch, 2, 3, 6, 0);
    CU_ASSERT(core_same(target, want, 12));
    vt_patch_targets(target, patch, 2, 3, 6, 1);
    check_near("mean 3.5, variance 3.5", (double)target[1], (3 - 3.5) / sqrt(3.5 + 1e-6), 1e-6);
    check_near("ten times as wide", (double)target[7], (30 - 35) / sqrt(350 + 1e-6), 1e-6);
}

static void a_constant_patch_gives_a_target_of_zero(void)
{
    for (int value = -2; value <= 2; value++) {
        vt_real patch[27], target[27];
        for (int i = 0; i < 27; i++) patch[i] = (vt_real)(value * 0.7123);
        vt_patch_targets(target, patch, 1, 3, 27, 1);
        for (int i = 0; i < 27; i++) check_near("target", (double)target[i], 0, 1e-10);
    }
    vt_real one = 5, target = 7;
    vt_patch_targets(&target, &one, 1, 1, 1, 1);
    CU_ASSERT_EQUAL(target, 0);
}

/* ---- loss by hand ---- */

enum { B = 2, T = 4, P = 2, N = B * T };

static double loss_at(vt_pass *pass, vt_real *dpred, isize pairs_batch)
{
    /* pred[n] = (n, 0), target[n] = (10 n, 1): a token's error to the next patch is
     * (n - 10 (n + 1), -1) = (-9 n - 10, -1). */
    vt_real pred[N * P], target[N * P];
    vt_aim aim = {.head.shape.values = P};
    vt_aim_saved saved = {.target = target, .dpred = dpred, .head.pred = pred};
    for (int n = 0; n < N; n++) {
        pred[n * P] = (vt_real)n;
        pred[n * P + 1] = 0;
        target[n * P] = (vt_real)(10 * n);
        target[n * P + 1] = 1;
    }
    for (int i = 0; i < N * P; i++) dpred[i] = (vt_real)NAN;
    return vt_aim_loss(&aim, &saved, pass, pairs_batch);
}

static double pair_loss(int n)
{
    return ((9 * n + 10) * (9 * n + 10) + 1) / 2.0;
}

static void check_loss(vt_mask_kind mask, const int32_t prefix[B], unsigned rows)
{
    vt_real dpred[N * P];
    vt_pass pass = {B, T, mask, prefix};
    double want = 0;
    int pairs = 0;
    for (int n = 0; n < N; n++)
        if (rows >> n & 1) {
            want += pair_loss(n);
            pairs++;
        }
    CU_ASSERT_EQUAL(vt_aim_pairs(&pass), pairs);
    check_near("loss", loss_at(&pass, dpred, 5), want, 1e-3);
    for (int n = 0; n < N; n++) {
        int counted = (int)(rows >> n & 1);
        check_near("gradient", (double)dpred[n * P], counted * 2.0 * (-9 * n - 10) / (P * 5.0),
                   1e-5);
        check_near("gradient", (double)dpred[n * P + 1], counted * -2.0 / (P * 5.0), 1e-6);
    }
}

static void a_token_predicts_the_next_patch(void)
{
    check_loss(VT_MASK_CAUSAL, NULL, 0x77); /* all but the last token of each image */
}

static void the_last_prefix_token_predicts_the_first_target(void)
{
    static const int32_t longest[] = {3, 3}, mixed[] = {1, 2}, shortest[] = {1, 1};
    check_loss(VT_MASK_PREFIX, longest, 0x44); /* S = T - 1: one pair an image */
    check_loss(VT_MASK_PREFIX, mixed, 0x67);
    check_loss(VT_MASK_PREFIX, shortest, 0x77); /* as causal */
}

/* ---- a whole objective ---- */

static vt_aim_shape small_shape(void)
{
    return (vt_aim_shape){.trunk = {.image_px = 6,
                                    .patch_px = 2,
                                    .channels = 1,
                                    .width = 8,
                                    .depth = 2,
                                    .heads = 2,
                                    .norm_eps = 1e-6},
                          .head_width = 12,
                          .head_depth = 2,
                          .head_norm_skip = 0,
                          .norm_pix = 1};
}

typedef struct {
    vt_arena arena;
    vt_params params;
    vt_aim aim;
    vt_aim_saved saved, frozen;
} bench;

enum { IMAGES = 3, PIXELS = 36 };

static void carve(bench *b, const vt_aim_shape *shape)
{
    vt_params counted = {0};
    vt_arena none = {0};
    (void)vt_aim_plan(shape, &counted, &none);
    b->params = (vt_params){.info = VT_TAKE(&b->arena, vt_param_info, counted.count)};
    b->params.values = VT_TAKE(&b->arena, vt_real, counted.size);
    b->params.grads = VT_TAKE(&b->arena, vt_real, counted.size);
    b->aim = vt_aim_plan(shape, &b->params, &b->arena);
    b->saved = vt_aim_saved_plan(&b->aim, IMAGES, 0, &b->arena);
    b->frozen = vt_aim_saved_plan(&b->aim, IMAGES, 1, &b->arena);
}

static void bench_open(bench *b)
{
    vt_error err = {0};
    vt_aim_shape shape = small_shape();
    *b = (bench){0};
    (void)vt_gemm_setup();
    vt_kernels_setup();
    carve(b, &shape);
    CU_ASSERT_EQUAL_FATAL(vt_arena_open(&b->arena, &err), VT_OK);
    carve(b, &shape);
    vt_params_init(b->params.values, b->params.info, b->params.count, 1);
}

/* A batch in one piece and the same batch image by image: the loss and the gradients are sums, so
 * they differ by rounding alone, and only if every piece knows the pairs of the whole. */
static void pieces_of_a_batch_add_up_to_the_batch(void)
{
    static vt_real images[IMAGES * PIXELS], whole[1 << 13];
    static const int32_t prefix[IMAGES] = {1, 8, 4};
    bench b;
    bench_open(&b);
    core_fill(images, IMAGES * PIXELS, 2);
    vt_pass all = {IMAGES, 9, VT_MASK_PREFIX, prefix};
    isize pairs = vt_aim_pairs(&all), size = b.params.size;
    CU_ASSERT_FATAL(size <= (isize)(sizeof whole / sizeof *whole));
    vt_aim_forward(&b.aim, &b.saved, &all, images);
    double loss = vt_aim_loss(&b.aim, &b.saved, &all, pairs), sum = 0, worst = 0, most = 0;
    vt_aim_forward(&b.aim, &b.frozen, &all, images);
    CU_ASSERT_EQUAL(vt_aim_loss(&b.aim, &b.frozen, &all, pairs), loss);
    vt_aim_backward(&b.aim, &b.saved, &all);
    memcpy(whole, b.params.grads, (size_t)size * sizeof *whole);
    memset(b.params.grads, 0, (size_t)size * sizeof *whole);
    for (int i = 0; i < IMAGES; i++) {
        vt_pass one = {1, 9, VT_MASK_PREFIX, prefix + i};
        vt_aim_forward(&b.aim, &b.saved, &one, images + i * PIXELS);
        sum += vt_aim_loss(&b.aim, &b.saved, &one, pairs);
        vt_aim_backward(&b.aim, &b.saved, &one);
    }
    for (isize i = 0; i < size; i++) {
        worst = fmax(worst, fabs((double)whole[i] - (double)b.params.grads[i]));
        most = fmax(most, fabs((double)whole[i]));
    }
    check_near("loss", sum / loss, 1, core_bound(1e-6, 1e-14));
    check_near("gradients", worst / most, 0, core_bound(1e-5, 1e-13));
    CU_ASSERT(loss > 0);
    vt_arena_close(&b.arena);
}

/* ---- cost ---- */

static void the_cost_of_a_small_model_counted_by_hand(void)
{
    vt_aim_shape shape = small_shape();
    vt_aim_cost cost = vt_aim_cost_of(&shape);
    /* T = 9, P = 4, C = 8, W = 12. Trunk: patch 8 * 4 + 8 = 40, its norm 16; a block has qkv 192,
     * proj 64, MLP 512, norms 32, together 800; the final norm 16. Head: projection 12 * 8 + 12 =
     * 108; a block has norm 24 and MLP 1152; norm 24, pred 4 * 12 + 4 = 52. */
    CU_ASSERT_EQUAL(cost.tokens, 9);
    CU_ASSERT_EQUAL(cost.params_trunk, 40 + 16 + 2 * 800 + 16);
    CU_ASSERT_EQUAL(cost.params_total, cost.params_trunk + 108 + 2 * (24 + 1152) + 24 + 52);
    /* Multiply-adds of an image: embedding 9 * 4 * 8 = 288; a block 9 * 192 + 9 * 64 + 9 * 512 =
     * 6912 and two T x T products of two heads of 4, 2 * 9 * 9 * 8 = 1296; head 9 * (96 + 2 * 1152
     * + 48) = 22032. */
    CU_ASSERT_EQUAL(cost.flops_trunk, 2 * (288 + 2 * (6912 + 1296)));
    CU_ASSERT_EQUAL(cost.flops_forward, 2 * (288 + 2 * (6912 + 1296) + 22032));
    CU_ASSERT_EQUAL(cost.flops_train, 3 * cost.flops_forward - 2 * 288);
    shape.head_norm_skip = 1;
    CU_ASSERT_EQUAL(vt_aim_cost_of(&shape).params_total, cost.params_total + 2 * 24);
    CU_ASSERT_EQUAL(vt_aim_cost_of(&shape).flops_train, cost.flops_train);
}

static void a_plan_has_as_many_parameters_as_the_cost_says(void)
{
    bench b;
    vt_aim_shape shape = small_shape();
    bench_open(&b);
    isize sum = 0;
    for (isize p = 0; p < b.params.count; p++) {
        const vt_param_info *info = &b.params.info[p];
        isize shaped = 1;
        for (int d = 0; d < info->dims; d++) shaped *= info->shape[d];
        CU_ASSERT_EQUAL(shaped, info->rows * info->cols);
        sum += shaped;
    }
    CU_ASSERT_EQUAL(sum, vt_aim_cost_of(&shape).params_total);
    vt_arena_close(&b.arena);
}

/* The exact sizes of the published backbones (aim.md 1.1). */
static void published_backbones_have_their_parameters(void)
{
    static const struct {
        int width, depth, heads;
        int64_t params;
    } sizes[] = {{1536, 24, 12, 680535552},
                 {2048, 24, 16, 1209370624},
                 {3072, 24, 24, 2720025600},
                 {4096, 32, 32, 6445404160}};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        vt_aim_shape shape = {.trunk = {.image_px = 224,
                                        .patch_px = 14,
                                        .channels = 3,
                                        .width = sizes[i].width,
                                        .depth = sizes[i].depth,
                                        .heads = sizes[i].heads,
                                        .norm_eps = 1e-6},
                              .head_width = 2048,
                              .head_depth = 12,
                              .norm_pix = 1};
        vt_aim_cost cost = vt_aim_cost_of(&shape);
        CU_ASSERT_EQUAL(cost.params_trunk, sizes[i].params);
        CU_ASSERT_EQUAL(cost.tokens, 256);
    }
}

SUITE(aim, {"pairs are the targets behind the prefix", pairs_are_the_targets_behind_the_prefix},
      {"targets are normed by the unbiased variance", targets_are_normed_by_the_unbiased_variance},
      {"targets put the channel last", targets_put_the_channel_last},
      {"a constant patch gives a target of zero", a_constant_patch_gives_a_target_of_zero},
      {"a token predicts the next patch", a_token_predicts_the_next_patch},
      {"the last prefix token predicts the first target",
       the_last_prefix_token_predicts_the_first_target},
      {"pieces of a batch add up to the batch", pieces_of_a_batch_add_up_to_the_batch},
      {"the cost of a small model counted by hand", the_cost_of_a_small_model_counted_by_hand},
      {"a plan has as many parameters as the cost says",
       a_plan_has_as_many_parameters_as_the_cost_says},
      {"published backbones have their parameters", published_backbones_have_their_parameters})
