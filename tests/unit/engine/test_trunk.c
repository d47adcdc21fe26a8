/* Positions, patches, and what a trunk's output may depend on. */
#include "base/rng.h"
#include "check.h"
#include "core_fixture.h"
#include "model/trunk.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* ---- positions and patches by hand ---- */

static void positions_encode_the_column_first(void)
{
    /* C = 8: frequencies 1 and 10000^(-1/2) = 0.01; place (row 1, column 2) of a 2 x 3 grid. */
    static const double want[8] = {
        0.90929742682568170, 0.019998666693333080,  -0.41614683654714238, 0.99980000666657776,
        0.84147098480789651, 0.0099998333341666647, 0.54030230586813972,  0.99995000041666528,
    };
    vt_real table[6 * 8];
    vt_sincos(table, 2, 3, 8);
    for (int i = 0; i < 8; i++) {
        check_near("row 1, column 2", (double)table[5 * 8 + i], want[i], core_bound(6e-8, 1e-15));
        check_near("the origin", (double)table[i], i / 2 % 2, 0);
    }
    for (int i = 0; i < 4; i++) {
        CU_ASSERT_EQUAL(table[2 * 8 + i], table[5 * 8 + i]);         /* same column */
        CU_ASSERT_EQUAL(table[3 * 8 + 4 + i], table[5 * 8 + 4 + i]); /* same row */
    }
}

static void positions_of_few_patches_lie_spread(void)
{
    /* 2 x 2 patches over a grid of 4 x 4 lie at 0.5 and 2.5; frequencies as above. */
    static const double column = 2.5, row = 0.5, slow = 0.01;
    const double want[8] = {sin(column), sin(column * slow), cos(column), cos(column * slow),
                            sin(row),    sin(row * slow),    cos(row),    cos(row * slow)};
    vt_real few[4 * 8], all[4 * 8], same[4 * 8];
    vt_sincos_spread(few, 2, 4, 8);
    for (int i = 0; i < 8; i++)
        check_near("row 0, column 1", (double)few[8 + i], want[i], core_bound(6e-8, 1e-15));
    vt_sincos(all, 2, 2, 8);
    vt_sincos_spread(same, 2, 2, 8);
    CU_ASSERT(memcmp(all, same, sizeof all) == 0);
}

static void patches_are_cut_in_the_order_channel_row_column(void)
{
    /* Pixel = 100 channel + 10 y + x of a 4 x 4 image; patches of 2 x 2, row by row. */
    static const vt_real want[4][8] = {{0, 1, 10, 11, 100, 101, 110, 111},
                                       {2, 3, 12, 13, 102, 103, 112, 113},
                                       {20, 21, 30, 31, 120, 121, 130, 131},
                                       {22, 23, 32, 33, 122, 123, 132, 133}};
    vt_trunk_shape shape = {.image_px = 4, .patch_px = 2, .channels = 2};
    vt_real images[2 * 32], patches[2 * 32];
    for (int i = 0; i < 64; i++)
        images[i] = (vt_real)(1000 * (i / 32) + 100 * (i / 16 % 2) + 10 * (i / 4 % 4) + i % 4);
    CU_ASSERT(vt_trunk_tokens(&shape) == 4 && vt_patch_values(&shape) == 8);
    vt_patchify(patches, images, 2, &shape);
    for (int b = 0; b < 2; b++)
        for (int i = 0; i < 32; i++)
            CU_ASSERT_EQUAL(patches[b * 32 + i], want[i / 8][i % 8] + (vt_real)(1000 * b));
}

/* ---- a small trunk ---- */

enum { B = 2, PX = 9, PATCH = 3, T = 9, C = 12, DEPTH = 3, PIXELS = PX * PX };

typedef struct {
    vt_arena arena;
    vt_params params;
    vt_trunk trunk;
    vt_trunk_saved saved, again; /* again: with recompute */
    vt_scratch scratch;
    vt_real *images;
    vt_pass pass;
} bench;

static const int32_t prefix_len[B] = {3, 6};

static void carve(bench *b, int depth)
{
    vt_trunk_shape shape = {.image_px = PX,
                            .patch_px = PATCH,
                            .channels = 1,
                            .width = C,
                            .depth = depth,
                            .heads = 3,
                            .norm_eps = 1e-6};
    vt_params counted = {0};
    vt_arena none = {0};
    (void)vt_trunk_plan(&shape, &counted, &none);
    b->params = (vt_params){.info = VT_TAKE(&b->arena, vt_param_info, counted.count)};
    b->params.values = VT_TAKE(&b->arena, vt_real, counted.size);
    b->params.grads = VT_TAKE(&b->arena, vt_real, counted.size);
    b->trunk = vt_trunk_plan(&shape, &b->params, &b->arena);
    b->saved = vt_trunk_saved_plan(&b->trunk.shape, B, 0, &b->arena);
    b->again = vt_trunk_saved_plan(&b->trunk.shape, B, 1, &b->arena);
    vt_scratch_size size = vt_trunk_scratch_size(&b->trunk.shape, B);
    size.recompute = 1;
    b->scratch = vt_scratch_plan(&b->arena, &size);
    b->images = VT_TAKE(&b->arena, vt_real, B * PIXELS);
}

static void bench_of_depth(bench *b, vt_mask_kind mask, int depth)
{
    vt_error err = {0};
    *b = (bench){
        .pass = {.B = B, .T = T, .mask = mask, .prefix_len = prefix_len, .wanted = VT_ROWS_ALL}};
    (void)vt_gemm_setup();
    vt_kernels_setup();
    carve(b, depth);
    CU_ASSERT_EQUAL_FATAL(vt_arena_open(&b->arena, &err), VT_OK);
    carve(b, depth);
    vt_params_init(b->params.values, b->params.info, b->params.count, 3);
    core_fill(b->images, B * PIXELS, 4);
}

static void bench_open(bench *b, vt_mask_kind mask)
{
    bench_of_depth(b, mask, DEPTH);
}

static void forward(bench *b)
{
    vt_trunk_forward(&b->trunk, &b->saved, &b->pass, b->images, &b->scratch);
}

/* Norms and biases that show themselves. */
static void spread(bench *b)
{
    vt_rng rng = vt_rng_at(5, VT_RNG_TEST, 0, 0);
    for (isize i = 0; i < b->params.size; i++)
        b->params.values[i] += (vt_real)(0.2 * vt_rng_normal(&rng));
}

/* ---- the whole forward pass in its plainest form ---- */

static const vt_real *named(const bench *b, const char *format, int l)
{
    return core_named(&b->params, format, l);
}

static void plain_attention(double (*x)[C], const bench *b, int l, int image)
{
    enum { HEADS = 3, D = C / HEADS };
    double qkv[T][3 * C] = {{0}}, mixed[T][C] = {{0}};
    for (int t = 0; t < T; t++) {
        double n[C];
        core_norm(n, x[t], named(b, "trunk.blocks.%d.norm_1.weight", l),
                  named(b, "trunk.blocks.%d.norm_1.bias", l), C);
        core_product(qkv[t], named(b, "trunk.blocks.%d.attn.qkv.weight", l), n, 3 * C, C);
    }
    for (int t = 0; t < T; t++)
        for (int h = 0; h < HEADS; h++) {
            double share[T] = {0}, sum = 0;
            for (int k = 0; k < T; k++) {
                double score = 0;
                int seen = b->pass.mask == VT_MASK_NONE || k <= t ||
                           (b->pass.mask == VT_MASK_PREFIX && k < prefix_len[image]);
                for (int d = h * D; d < h * D + D; d++) score += qkv[t][d] * qkv[k][C + d];
                share[k] = seen ? exp(score / sqrt(D)) : 0;
                sum += share[k];
            }
            for (int k = 0; k < T; k++)
                for (int d = h * D; d < h * D + D; d++)
                    mixed[t][d] += share[k] / sum * qkv[k][2 * C + d];
        }
    for (int t = 0; t < T; t++)
        core_product(x[t], named(b, "trunk.blocks.%d.attn.proj.weight", l), mixed[t], C, C);
}

static void plain_mlp(double *x, const bench *b, int l)
{
    double n[C], hidden[4 * C] = {0};
    core_norm(n, x, named(b, "trunk.blocks.%d.norm_2.weight", l),
              named(b, "trunk.blocks.%d.norm_2.bias", l), C);
    core_product(hidden, named(b, "trunk.blocks.%d.mlp.fc1.weight", l), n, 4 * C, C);
    for (int i = 0; i < 4 * C; i++) hidden[i] *= 0.5 * erfc(-hidden[i] / sqrt(2));
    core_product(x, named(b, "trunk.blocks.%d.mlp.fc2.weight", l), hidden, C, 4 * C);
}

static void plain_tokens(double (*x)[C], const bench *b, int image)
{
    for (int t = 0; t < T; t++) {
        double patch[PATCH * PATCH], e[C];
        for (int i = 0; i < PATCH * PATCH; i++)
            patch[i] = (double)b->images[image * PIXELS + (t / 3 * PATCH + i / PATCH) * PX +
                                         t % 3 * PATCH + i % PATCH];
        for (int c = 0; c < C; c++)
            e[c] = (double)named(b, "preprocessor.patchifier.proj.bias", 0)[c];
        core_product(e, named(b, "preprocessor.patchifier.proj.weight", 0), patch, C,
                     PATCH * PATCH);
        core_norm(x[t], e, named(b, "preprocessor.patchifier.norm.weight", 0),
                  named(b, "preprocessor.patchifier.norm.bias", 0), C);
        for (int c = 0; c < C; c++) {
            double place = (c < C / 2 ? t % 3 : t / 3) * pow(10000, -(c % 3) / 3.0);
            x[t][c] += c / 3 % 2 ? cos(place) : sin(place);
        }
    }
}

static double gap_to(const vt_real *got, double (*want)[C])
{
    double worst = 0;
    for (int i = 0; i < T * C; i++) {
        double gap = fabs((double)got[i] - want[i / C][i % C]);
        if (!(gap <= worst)) worst = gap;
    }
    return worst;
}

static void a_pass_equals_its_plain_form(void)
{
    for (int mask = 0; mask < 3; mask++) {
        bench b;
        bench_open(&b, (vt_mask_kind)mask);
        spread(&b);
        forward(&b);
        for (int image = 0; image < B; image++) {
            const double bound = core_bound(2e-5, 1e-12);
            isize first = image * T * C;
            double x[T][C], final[T][C];
            plain_tokens(x, &b, image);
            check_near("tokens", gap_to(b.saved.tokens + first, x), 0, bound);
            for (int l = 0; l < DEPTH; l++) {
                plain_attention(x, &b, l, image);
                for (int t = 0; t < T; t++) plain_mlp(x[t], &b, l);
                check_near("block", gap_to(b.saved.blocks.out[l] + first, x), 0, bound);
            }
            for (int t = 0; t < T; t++)
                core_norm(final[t], x[t], named(&b, "trunk.post_trunk_norm.weight", 0),
                          named(&b, "trunk.post_trunk_norm.bias", 0), C);
            check_near("final", gap_to(b.saved.final + first, final), 0, bound);
        }
        vt_arena_close(&b.arena);
    }
}

/* ---- names and dependence ---- */

static void parameters_carry_the_published_names(void)
{
    static const char *const first[] = {
        "preprocessor.patchifier.proj.weight", "preprocessor.patchifier.proj.bias",
        "preprocessor.patchifier.norm.weight", "preprocessor.patchifier.norm.bias",
        "trunk.blocks.0.attn.qkv.weight",      "trunk.blocks.0.attn.proj.weight",
        "trunk.blocks.0.norm_1.weight",        "trunk.blocks.0.norm_1.bias",
        "trunk.blocks.0.mlp.fc1.weight",       "trunk.blocks.0.mlp.fc2.weight",
        "trunk.blocks.0.norm_2.weight",        "trunk.blocks.0.norm_2.bias",
        "trunk.blocks.1.attn.qkv.weight",
    };
    bench b;
    bench_open(&b, VT_MASK_NONE);
    CU_ASSERT_EQUAL_FATAL(b.params.count, 4 + 8 * DEPTH + 2);
    for (size_t i = 0; i < sizeof first / sizeof *first; i++)
        CU_ASSERT_STRING_EQUAL(b.params.info[i].name, first[i]);
    CU_ASSERT_STRING_EQUAL(b.params.info[b.params.count - 1].name, "trunk.post_trunk_norm.bias");
    const vt_param_info *conv = &b.params.info[0];
    CU_ASSERT(conv->dims == 4 && conv->shape[0] == C && conv->shape[1] == 1 &&
              conv->shape[2] == PATCH && conv->shape[3] == PATCH);
    vt_arena_close(&b.arena);
}

/* The patch of an image's token t, changed from outside. */
static void move_patch(bench *b, int image, int t)
{
    vt_real *corner = b->images + image * PIXELS + t / 3 * PATCH * PX + t % 3 * PATCH;
    for (int y = 0; y < PATCH; y++) corner[y * PX + 1] += 1;
}

/* The first token of the image whose output differs; all before it are the same to the bit. */
static int first_changed(const vt_real *a, const vt_real *b, int image)
{
    int t = 0;
    while (t < T && core_same(a + (image * T + t) * C, b + (image * T + t) * C, C)) t++;
    return t;
}

static void check_reach(vt_mask_kind mask)
{
    static vt_real kept[DEPTH + 1][B * T * C];
    for (int image = 0; image < B; image++) {
        for (int t = 0; t < T; t++) {
            bench b;
            bench_open(&b, mask);
            int sees_all =
                mask == VT_MASK_NONE || (mask == VT_MASK_PREFIX && t < prefix_len[image]);
            forward(&b);
            for (int l = 0; l < DEPTH; l++) memcpy(kept[l], b.saved.blocks.out[l], sizeof kept[l]);
            memcpy(kept[DEPTH], b.saved.final, sizeof kept[DEPTH]);
            move_patch(&b, image, t);
            forward(&b);
            for (int l = 0; l <= DEPTH; l++) {
                const vt_real *out = l < DEPTH ? b.saved.blocks.out[l] : b.saved.final;
                CU_ASSERT_EQUAL(first_changed(kept[l], out, image), sees_all ? 0 : t);
                CU_ASSERT_EQUAL(first_changed(kept[l], out, 1 - image), T);
            }
            vt_arena_close(&b.arena);
        }
    }
}

static void a_future_patch_does_not_change_the_past(void)
{
    check_reach(VT_MASK_CAUSAL);
}

static void a_patch_behind_the_prefix_does_not_change_it(void)
{
    check_reach(VT_MASK_PREFIX);
}

static void without_a_mask_every_patch_changes_every_token(void)
{
    check_reach(VT_MASK_NONE);
}

/* ---- which rows, and what is kept of them ---- */

enum { GRADS = 1 << 13 };
static const int32_t prefixes[][B] = {{3, 6}, {1, T - 1}, {T - 1, 1}, {2, 2}};

static void check_recompute(vt_mask_kind mask, vt_rows_wanted wanted, int depth)
{
    static vt_real dfinal[B * T * C], grads[GRADS];
    bench b;
    bench_of_depth(&b, mask, depth);
    b.pass.wanted = wanted;
    spread(&b);
    isize size = b.params.size, rows = vt_pass_rows(&b.pass) * C;
    CU_ASSERT_FATAL(size <= GRADS);
    core_fill(dfinal, B * T * C, 6);
    forward(&b);
    vt_trunk_backward(&b.trunk, &b.saved, &b.pass, dfinal, &b.scratch);
    memcpy(grads, b.params.grads, (size_t)size * sizeof *grads);
    memset(b.params.grads, 0, (size_t)size * sizeof *grads);
    vt_trunk_forward(&b.trunk, &b.again, &b.pass, b.images, &b.scratch);
    vt_trunk_backward(&b.trunk, &b.again, &b.pass, dfinal, &b.scratch);
    for (int l = 0; l < depth; l++)
        CU_ASSERT(core_same(b.saved.blocks.out[l], b.again.blocks.out[l],
                            l < depth - 1 ? B * T * C : rows));
    CU_ASSERT(core_same(b.saved.final, b.again.final, rows));
    CU_ASSERT(core_same(b.saved.tokens, b.again.tokens, B * T * C));
    CU_ASSERT(core_same(grads, b.params.grads, size));
    for (isize p = 0; p < b.params.count; p++)
        CU_ASSERT(grads[b.params.info[p].offset] != 0); /* every parameter has one */
    vt_arena_close(&b.arena);
}

static void recompute_gives_the_same_bits(void)
{
    for (int depth = 1; depth <= DEPTH; depth++) {
        for (int mask = 0; mask < 3; mask++)
            check_recompute((vt_mask_kind)mask, VT_ROWS_ALL, depth);
        check_recompute(VT_MASK_CAUSAL, VT_ROWS_PREDICTING, depth);
        check_recompute(VT_MASK_PREFIX, VT_ROWS_PREDICTING, depth);
    }
}

static double gap(const vt_real *a, const vt_real *b, isize count)
{
    double worst = 0;
    for (isize i = 0; i < count; i++) {
        double g = fabs((double)a[i] - (double)b[i]);
        if (!(g <= worst)) worst = g;
    }
    return worst;
}

/* Lists of rows that say which image and token each one is, in their order. */
static void check_rows(const bench *b)
{
    isize r = 0;
    for (int image = 0; image < B; image++) {
        int first = b->pass.mask == VT_MASK_CAUSAL ? 0 : b->pass.prefix_len[image] - 1;
        for (int t = first; t < T - 1; t++, r++) {
            CU_ASSERT_EQUAL(b->saved.blocks.row_of[r], image * T + t);
            CU_ASSERT_EQUAL(b->saved.place_of[r], t);
        }
    }
    CU_ASSERT_EQUAL(r, vt_pass_rows(&b->pass));
}

/* The last block's output, the final rows, and the gradients of the rows that predict, against a
 * pass of all rows with zeros as the gradient of the others. */
static void check_predicting(vt_mask_kind mask, const int32_t prefix[B], int depth)
{
    static vt_real final[B * T * C], out[B * T * C], dfinal[B * T * C], dall[B * T * C];
    static vt_real grads[GRADS];
    const double bound = core_bound(1e-5, 1e-13);
    bench b;
    bench_of_depth(&b, mask, depth);
    spread(&b);
    b.pass.prefix_len = prefix;
    isize size = b.params.size;
    CU_ASSERT_FATAL(size <= GRADS);
    core_fill(dfinal, B * T * C, 6);
    b.pass.wanted = VT_ROWS_PREDICTING;
    forward(&b);
    check_rows(&b);
    isize rows = vt_pass_rows(&b.pass);
    memcpy(final, b.saved.final, (size_t)(rows * C) * sizeof *final);
    memcpy(out, b.saved.blocks.out[depth - 1], (size_t)(rows * C) * sizeof *out);
    memset(dall, 0, sizeof dall);
    for (isize r = 0; r < rows; r++)
        memcpy(dall + b.saved.blocks.row_of[r] * C, dfinal + r * C, C * sizeof *dall);
    vt_trunk_backward(&b.trunk, &b.saved, &b.pass, dfinal, &b.scratch);
    memcpy(grads, b.params.grads, (size_t)size * sizeof *grads);
    memset(b.params.grads, 0, (size_t)size * sizeof *grads);
    int32_t row_of[B * T];
    memcpy(row_of, b.saved.blocks.row_of, (size_t)rows * sizeof *row_of);
    b.pass.wanted = VT_ROWS_ALL;
    forward(&b);
    for (isize r = 0; r < rows; r++) {
        isize at = row_of[r] * C;
        check_near("out", gap(out + r * C, b.saved.blocks.out[depth - 1] + at, C), 0, bound);
        check_near("final", gap(final + r * C, b.saved.final + at, C), 0, bound);
    }
    vt_trunk_backward(&b.trunk, &b.saved, &b.pass, dall, &b.scratch);
    double most = 0;
    for (isize i = 0; i < size; i++) most = fmax(most, fabs((double)grads[i]));
    check_near("gradients", gap(grads, b.params.grads, size) / most, 0, bound);
    vt_arena_close(&b.arena);
}

static void the_rows_that_predict_are_those_of_a_whole_pass(void)
{
    for (int depth = 1; depth <= DEPTH; depth++) {
        check_predicting(VT_MASK_CAUSAL, NULL, depth);
        for (int p = 0; p < 4; p++) check_predicting(VT_MASK_PREFIX, prefixes[p], depth);
    }
}

/* What the loss does not read is not computed: blocks leave the room behind their rows alone. */
static void other_rows_are_not_written(void)
{
    bench b;
    bench_open(&b, VT_MASK_PREFIX);
    b.pass.wanted = VT_ROWS_PREDICTING;
    isize from = vt_pass_rows(&b.pass) * C, to = (isize)B * T * C;
    for (isize i = from; i < to; i++) b.saved.final[i] = b.saved.blocks.out[DEPTH - 1][i] = 7;
    forward(&b);
    CU_ASSERT_FATAL(from < to);
    for (isize i = from; i < to; i++)
        CU_ASSERT(b.saved.final[i] == 7 && b.saved.blocks.out[DEPTH - 1][i] == 7);
    vt_arena_close(&b.arena);
}

static void images_of_a_batch_do_not_know_one_another(void)
{
    bench b;
    static vt_real both[B * T * C];
    bench_open(&b, VT_MASK_NONE);
    forward(&b);
    memcpy(both, b.saved.final, sizeof both);
    b.pass.B = 1;
    for (int image = 0; image < B; image++) {
        double worst = 0;
        vt_trunk_forward(&b.trunk, &b.saved, &b.pass, b.images + image * PIXELS, &b.scratch);
        for (int i = 0; i < T * C; i++)
            worst = fmax(worst, fabs((double)b.saved.final[i] - (double)both[image * T * C + i]));
        check_near("alone", worst, 0, core_bound(1e-5, 1e-13));
    }
    vt_arena_close(&b.arena);
}

SUITE(trunk, {"positions encode the column first", positions_encode_the_column_first},
      {"positions of few patches lie spread", positions_of_few_patches_lie_spread},
      {"patches are cut in the order channel, row, column",
       patches_are_cut_in_the_order_channel_row_column},
      {"a pass equals its plain form", a_pass_equals_its_plain_form},
      {"parameters carry the published names", parameters_carry_the_published_names},
      {"a future patch does not change the past", a_future_patch_does_not_change_the_past},
      {"a patch behind the prefix does not change it",
       a_patch_behind_the_prefix_does_not_change_it},
      {"without a mask every patch changes every token",
       without_a_mask_every_patch_changes_every_token},
      {"recompute gives the same bits", recompute_gives_the_same_bits},
      {"the rows that predict are those of a whole pass",
       the_rows_that_predict_are_those_of_a_whole_pass},
      {"other rows are not written", other_rows_are_not_written},
      {"images of a batch do not know one another", images_of_a_batch_do_not_know_one_another})
