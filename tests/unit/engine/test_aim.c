/* The objective: pairs, targets, loss and its gradient by hand. */
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
    vt_pass pass = {
        .B = 3, .T = 9, .mask = VT_MASK_PREFIX, .prefix_len = prefix, .wanted = VT_ROWS_PREDICTING};
    CU_ASSERT_EQUAL(vt_pass_rows(&pass), 8 + 5 + 1);
    pass.mask = VT_MASK_CAUSAL;
    CU_ASSERT_EQUAL(vt_pass_rows(&pass), 3 * 8);
    pass.B = 0;
    CU_ASSERT_EQUAL(vt_pass_rows(&pass), 0);
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

/* ---- a whole objective ---- */

enum { IMAGES = 3, TOKENS = 9, PIXELS = 36, GRADS = 1 << 13 };

typedef struct {
    vt_arena arena;
    vt_params params;
    vt_aim aim;
    vt_aim_saved saved, again; /* again: with recompute */
    vt_scratch scratch;
} bench;

static void carve(bench *b, const vt_aim_shape *shape)
{
    vt_params counted = {0};
    vt_arena none = {0};
    (void)vt_aim_plan(shape, &counted, &none);
    b->params = (vt_params){.info = VT_TAKE(&b->arena, vt_param_info, counted.count)};
    b->params.values = VT_TAKE(&b->arena, vt_real, counted.size);
    b->params.grads = VT_TAKE(&b->arena, vt_real, counted.size);
    b->aim = vt_aim_plan(shape, &b->params, &b->arena);
    b->saved = vt_aim_saved_plan(shape, IMAGES, 0, &b->arena);
    b->again = vt_aim_saved_plan(shape, IMAGES, 1, &b->arena);
    vt_scratch_size size = vt_aim_scratch_size(shape, IMAGES);
    size.recompute = 1;
    b->scratch = vt_scratch_plan(&b->arena, &size);
}

static void bench_of(bench *b, const vt_aim_shape *shape)
{
    vt_error err = {0};
    *b = (bench){0};
    (void)vt_gemm_setup();
    vt_kernels_setup();
    carve(b, shape);
    CU_ASSERT_EQUAL_FATAL(vt_arena_open(&b->arena, &err), VT_OK);
    carve(b, shape);
    vt_params_init(b->params.values, b->params.info, b->params.count, 1);
    CU_ASSERT_FATAL(b->params.size <= GRADS);
}

static void bench_open(bench *b)
{
    vt_aim_shape shape = core_shape();
    bench_of(b, &shape);
}

static vt_pass pass_of(isize images, vt_mask_kind mask, const int32_t *prefix)
{
    return (vt_pass){
        .B = images, .T = TOKENS, .mask = mask, .prefix_len = prefix, .wanted = VT_ROWS_PREDICTING};
}

/* ---- targets and loss by hand ---- */

/* Patch n of the batch has the pixels 10 n, 1, 10 n, 1; row n is made to predict n, 0, n, 0, so its
 * error to the next patch is n - 10 (n + 1), -1 and so on: -9 n - 10, -1. */
static void fill_images(vt_real *images)
{
    for (int b = 0; b < IMAGES; b++)
        for (int i = 0; i < PIXELS; i++) {
            int patch = i / 12 * 3 + i % 6 / 2;
            images[b * PIXELS + i] = i % 2 ? 1 : (vt_real)(10 * (b * TOKENS + patch));
        }
}

static double pair_loss(int n)
{
    return ((9 * n + 10) * (9 * n + 10) + 1) / 2.0;
}

/* rows[b]: a bit for each token of image b that predicts. */
static void check_loss(vt_mask_kind mask, const int32_t prefix[IMAGES], const unsigned rows[IMAGES])
{
    vt_real images[IMAGES * PIXELS];
    vt_aim_shape shape = core_shape();
    bench b;
    double want = 0, pairs_batch = 5, errors[IMAGES * TOKENS];
    isize r = 0;
    shape.norm_pix = 0;
    bench_of(&b, &shape);
    fill_images(images);
    vt_pass pass = pass_of(IMAGES, mask, prefix);
    vt_aim_forward(&b.aim, &b.saved, &pass, images, &b.scratch);
    for (int n = 0; n < IMAGES * TOKENS; n++) {
        if (!(rows[n / TOKENS] >> n % TOKENS & 1)) continue;
        const vt_real next[] = {(vt_real)(10 * (n + 1)), 1, (vt_real)(10 * (n + 1)), 1};
        CU_ASSERT_EQUAL(b.saved.trunk.blocks.row_of[r], n - n / TOKENS); /* but for last tokens */
        CU_ASSERT(core_same(b.saved.target.patches + 4 * r, next, 4));
        for (int p = 0; p < 4; p++) b.saved.head.pred[4 * r + p] = p % 2 ? 0 : (vt_real)n;
        want += pair_loss(n);
        errors[r++] = -9.0 * n - 10;
    }
    CU_ASSERT_EQUAL(vt_pass_rows(&pass), r);
    check_near("loss", vt_aim_loss(&b.aim, &b.saved, &pass, 5) / want, 1, core_bound(1e-6, 1e-14));
    for (isize i = 0; i < 4 * r; i++) {
        double error = i % 2 ? -1 : errors[i / 4];
        check_near("gradient", (double)b.saved.target.dpred[i], 2 * error / (4 * pairs_batch),
                   1e-5);
    }
    vt_arena_close(&b.arena);
}

static void a_token_predicts_the_next_patch(void)
{
    /* all but the last token of each image */
    check_loss(VT_MASK_CAUSAL, NULL, (const unsigned[]){0xff, 0xff, 0xff});
}

static void the_last_prefix_token_predicts_the_first_target(void)
{
    static const int32_t longest[] = {8, 8, 8}, mixed[] = {1, 2, 7}, shortest[] = {1, 1, 1};
    /* S = T - 1: one pair an image; S = 1: as causal */
    check_loss(VT_MASK_PREFIX, longest, (const unsigned[]){0x80, 0x80, 0x80});
    check_loss(VT_MASK_PREFIX, mixed, (const unsigned[]){0xff, 0xfe, 0xc0});
    check_loss(VT_MASK_PREFIX, shortest, (const unsigned[]){0xff, 0xff, 0xff});
}

/* ---- what a pass may leave out ---- */

static double gap(const vt_real *a, const vt_real *b, isize count)
{
    double worst = 0;
    for (isize i = 0; i < count; i++) {
        double g = fabs((double)a[i] - (double)b[i]);
        if (!(g <= worst)) worst = g;
    }
    return worst;
}

static double largest(const vt_real *a, isize count)
{
    double most = 0;
    for (isize i = 0; i < count; i++) most = fmax(most, fabs((double)a[i]));
    return most;
}

/* A batch in one piece and the same batch image by image: the loss and the gradients are sums, so
 * they differ by rounding alone, and only if every piece knows the pairs of the whole. */
static void pieces_of_a_batch_add_up_to_the_batch(void)
{
    static vt_real images[IMAGES * PIXELS], whole[GRADS];
    static const int32_t prefix[IMAGES] = {1, 8, 4};
    bench b;
    bench_open(&b);
    core_fill(images, IMAGES * PIXELS, 2);
    vt_pass all = pass_of(IMAGES, VT_MASK_PREFIX, prefix);
    isize pairs = vt_pass_rows(&all), size = b.params.size;
    vt_aim_forward(&b.aim, &b.saved, &all, images, &b.scratch);
    double loss = vt_aim_loss(&b.aim, &b.saved, &all, pairs), sum = 0;
    vt_aim_backward(&b.aim, &b.saved, &all, &b.scratch);
    memcpy(whole, b.params.grads, (size_t)size * sizeof *whole);
    memset(b.params.grads, 0, (size_t)size * sizeof *whole);
    for (int i = 0; i < IMAGES; i++) {
        vt_pass one = pass_of(1, VT_MASK_PREFIX, prefix + i);
        vt_aim_forward(&b.aim, &b.saved, &one, images + i * PIXELS, &b.scratch);
        sum += vt_aim_loss(&b.aim, &b.saved, &one, pairs);
        vt_aim_backward(&b.aim, &b.saved, &one, &b.scratch);
    }
    check_near("loss", sum / loss, 1, core_bound(1e-6, 1e-14));
    check_near("gradients", gap(whole, b.params.grads, size) / largest(whole, size), 0,
               core_bound(1e-5, 1e-13));
    CU_ASSERT(loss > 0);
    vt_arena_close(&b.arena);
}

/* Loss and gradients by trunk and head on every row, with zeros as the gradient of those that
 * predict nothing. scores[n]: row n's place among those that do, or -1. */
static double loss_of_all_rows(bench *b, const vt_pass *pass, const vt_real *images,
                               const isize *scores)
{
    static vt_real dpred[IMAGES * TOKENS * 4];
    enum { N = IMAGES * TOKENS, P = 4 };
    vt_pass all = *pass;
    isize pairs = vt_pass_rows(pass);
    double sum = 0;
    all.wanted = VT_ROWS_ALL;
    vt_trunk_forward(&b->aim.trunk, &b->again.trunk, &all, images, &b->scratch);
    vt_decoder_input in = {&all, 0, b->again.trunk.place_of, b->again.trunk.final};
    vt_decoder_forward(&b->aim.head, &b->again.head, &in, &b->scratch);
    for (isize i = 0; i < N * P; i++) {
        isize r = scores[i / P];
        double error =
            r < 0 ? 0
                  : (double)b->again.head.pred[i] - (double)b->saved.target.patches[r * P + i % P];
        sum += error * error / P;
        dpred[i] = (vt_real)(2 * error / (double)(P * pairs));
    }
    vt_decoder_backward(&b->aim.head, &b->again.head, &in, dpred, b->scratch.n, &b->scratch);
    vt_trunk_backward(&b->aim.trunk, &b->again.trunk, &all, b->scratch.n, &b->scratch);
    return sum;
}

static void check_rows(const vt_aim_shape *shape, vt_mask_kind mask, const int32_t *prefix)
{
    static vt_real images[IMAGES * PIXELS], grads[GRADS];
    isize scores[IMAGES * TOKENS], row_of[IMAGES * TOKENS], r = 0;
    int all_leave = shape->head_kind == VT_DECODER_TRANSFORMER; /* the trunk */
    const double bound = core_bound(1e-5, 1e-13);
    bench b;
    bench_of(&b, shape);
    core_fill(images, IMAGES * PIXELS, 2);
    vt_pass pass = pass_of(IMAGES, mask, prefix);
    isize pairs = vt_pass_rows(&pass), size = b.params.size;
    vt_aim_forward(&b.aim, &b.saved, &pass, images, &b.scratch);
    double loss = vt_aim_loss(&b.aim, &b.saved, &pass, pairs);
    vt_aim_backward(&b.aim, &b.saved, &pass, &b.scratch);
    memcpy(grads, b.params.grads, (size_t)size * sizeof *grads);
    memset(b.params.grads, 0, (size_t)size * sizeof *grads);
    for (isize n = 0; n < IMAGES * TOKENS; n++) {
        vt_range range = vt_pass_range(&pass, n / TOKENS);
        int predicts = n % TOKENS >= range.from && n % TOKENS < range.to;
        scores[n] = predicts ? r : -1;
        if (predicts) row_of[r++] = n;
    }
    check_near("loss", loss_of_all_rows(&b, &pass, images, scores) / loss, 1, bound);
    for (r = 0; r < pairs; r++) {
        isize n = row_of[r], left = all_leave ? n - n / TOKENS : r; /* but for last tokens */
        check_near("final", gap(b.saved.trunk.final + left * 8, b.again.trunk.final + n * 8, 8), 0,
                   bound);
        check_near("pred", gap(b.saved.head.pred + r * 4, b.again.head.pred + n * 4, 4), 0, bound);
    }
    check_near("gradients", gap(grads, b.params.grads, size) / largest(grads, size), 0, bound);
    vt_arena_close(&b.arena);
}

static void rows_that_predict_nothing_change_nothing(void)
{
    static const int32_t prefixes[][IMAGES] = {{1, 8, 4}, {8, 8, 8}, {1, 1, 1}, {2, 7, 5}};
    for (int v = 0; v < 8; v++) {
        vt_aim_shape shape = core_shape();
        shape.head_norm_skip = v & 1;
        if (v & 2) shape.trunk.depth = shape.head_depth = 1;
        if (v >= 4) shape.head_kind = v % 2 ? VT_DECODER_NONE : VT_DECODER_TRANSFORMER;
        check_rows(&shape, VT_MASK_CAUSAL, NULL);
        for (int p = 0; p < 4; p++) check_rows(&shape, VT_MASK_PREFIX, prefixes[p]);
    }
}

static void recompute_gives_the_same_bits(void)
{
    static vt_real images[IMAGES * PIXELS], grads[GRADS];
    static const int32_t prefix[IMAGES] = {1, 8, 4};
    core_fill(images, IMAGES * PIXELS, 2);
    for (int v = 0; v < 8; v++) {
        vt_aim_shape shape = core_shape();
        bench b;
        shape.head_norm_skip = v & 1;
        if (v & 2) shape.trunk.depth = 1;
        if (v & 2) shape.head_depth = v & 1;
        bench_of(&b, &shape);
        vt_pass pass = pass_of(IMAGES, v & 4 ? VT_MASK_CAUSAL : VT_MASK_PREFIX, prefix);
        isize size = b.params.size;
        double loss[2];
        for (int again = 0; again < 2; again++) {
            const vt_aim_saved *saved = again ? &b.again : &b.saved;
            vt_aim_forward(&b.aim, saved, &pass, images, &b.scratch);
            loss[again] = vt_aim_loss(&b.aim, saved, &pass, 7);
            vt_aim_backward(&b.aim, saved, &pass, &b.scratch);
            if (again) continue;
            memcpy(grads, b.params.grads, (size_t)size * sizeof *grads);
            memset(b.params.grads, 0, (size_t)size * sizeof *grads);
        }
        CU_ASSERT(loss[0] == loss[1] && loss[0] > 0);
        CU_ASSERT(core_same(grads, b.params.grads, size));
        CU_ASSERT(largest(grads, size) > 0);
        vt_arena_close(&b.arena);
    }
}

static void run_all_rows(void)
{
    static vt_real images[IMAGES * PIXELS];
    bench b;
    bench_open(&b);
    vt_pass pass = pass_of(IMAGES, VT_MASK_CAUSAL, NULL);
    pass.wanted = VT_ROWS_ALL;
    vt_aim_forward(&b.aim, &b.saved, &pass, images, &b.scratch);
}

/* A prefix that leaves no target. */
static void run_no_target(void)
{
    static vt_real images[IMAGES * PIXELS];
    static const int32_t prefix[IMAGES] = {1, TOKENS, 3};
    bench b;
    bench_open(&b);
    vt_pass pass = pass_of(IMAGES, VT_MASK_PREFIX, prefix);
    vt_aim_forward(&b.aim, &b.saved, &pass, images, &b.scratch);
}

static void a_pass_that_is_not_for_predicting_is_stopped(void)
{
    CU_ASSERT(core_aborts(run_all_rows));
    CU_ASSERT(core_aborts(run_no_target));
}

SUITE(aim, {"pairs are the targets behind the prefix", pairs_are_the_targets_behind_the_prefix},
      {"targets are normed by the unbiased variance", targets_are_normed_by_the_unbiased_variance},
      {"targets put the channel last", targets_put_the_channel_last},
      {"a constant patch gives a target of zero", a_constant_patch_gives_a_target_of_zero},
      {"a token predicts the next patch", a_token_predicts_the_next_patch},
      {"the last prefix token predicts the first target",
       the_last_prefix_token_predicts_the_first_target},
      {"pieces of a batch add up to the batch", pieces_of_a_batch_add_up_to_the_batch},
      {"rows that predict nothing change nothing", rows_that_predict_nothing_change_nothing},
      {"recompute gives the same bits", recompute_gives_the_same_bits},
      {"a pass that is not for predicting is stopped",
       a_pass_that_is_not_for_predicting_is_stopped})
