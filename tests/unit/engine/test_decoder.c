/* The decoder's forward pass against its plainest form, for each kind of it: what rows may know of
 * one another, mask tokens behind those that are given, and rows that nobody reads. */
#include "base/rng.h"
#include "check.h"
#include "core_fixture.h"
#include "model/decoder.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SIDE = 3, T = SIDE * SIDE, B = 2, N = B * T, IN = 6, W = 8, P = 5, DEPTH = 2, HEADS = 2 };

typedef struct {
    vt_arena arena;
    vt_params params;
    vt_decoder head;
    vt_decoder_saved saved, again; /* again: with recompute */
    vt_scratch scratch;
    vt_real *x;
    int32_t place_of[N];
    vt_pass pass;
    vt_decoder_input in;
} bench;

static void carve(bench *b, const vt_decoder_shape *shape)
{
    vt_params counted = {0};
    vt_arena none = {0};
    (void)vt_decoder_plan(shape, &counted, &none);
    b->params = (vt_params){.info = VT_TAKE(&b->arena, vt_param_info, counted.count)};
    b->params.values = VT_TAKE(&b->arena, vt_real, counted.size);
    b->params.grads = VT_TAKE(&b->arena, vt_real, counted.size);
    b->head = vt_decoder_plan(shape, &b->params, &b->arena);
    b->saved = vt_decoder_saved_plan(shape, B, T, 0, &b->arena);
    b->again = vt_decoder_saved_plan(shape, B, T, 1, &b->arena);
    vt_scratch_size size = vt_decoder_scratch_size(shape, B, T);
    size.recompute = 1;
    b->scratch = vt_scratch_plan(&b->arena, &size);
    b->x = VT_TAKE(&b->arena, vt_real, N * IN);
}

static vt_decoder_shape shape_of(vt_decoder_kind kind, int depth, int norm_skip)
{
    return (vt_decoder_shape){.kind = kind,
                              .grid_side = SIDE,
                              .in = IN,
                              .out = P,
                              .width = W,
                              .depth = depth,
                              .heads = HEADS,
                              .norm_skip = norm_skip,
                              .mask_token = kind == VT_DECODER_TRANSFORMER,
                              .norm_eps = 1e-6};
}

static void bench_of(bench *b, const vt_decoder_shape *shape)
{
    vt_error err = {0};
    *b = (bench){.pass = {.B = B, .T = T}};
    (void)vt_gemm_setup();
    vt_kernels_setup();
    carve(b, shape);
    CU_ASSERT_EQUAL_FATAL(vt_arena_open(&b->arena, &err), VT_OK);
    carve(b, shape);
    vt_params_init(b->params.values, b->params.info, b->params.count, 3);
    vt_rng rng = vt_rng_at(5, VT_RNG_TEST, 0, 0); /* norms and biases that show themselves */
    for (isize i = 0; i < b->params.size; i++)
        b->params.values[i] += (vt_real)(0.2 * vt_rng_normal(&rng));
    core_fill(b->x, N * IN, 4);
    for (int n = 0; n < N; n++) b->place_of[n] = (4 * n + 3) % T; /* in no order, some twice */
    b->in = (vt_decoder_input){&b->pass, 0, b->place_of, b->x};
}

static void bench_open(bench *b, int depth, int norm_skip)
{
    vt_decoder_shape shape = shape_of(VT_DECODER_MLP, depth, norm_skip);
    bench_of(b, &shape);
}

static void forward(bench *b)
{
    vt_decoder_forward(&b->head, &b->saved, &b->in, &b->scratch);
}

/* ---- the plain form ---- */

static const vt_real *named(const bench *b, const char *format, int l)
{
    return core_named(&b->params, format, l);
}

/* x [W] += the MLP of block l, of its norm_2. */
static void plain_mlp(double *x, const bench *b, int l)
{
    double n[W], hidden[4 * W] = {0};
    core_norm(n, x, named(b, "head.decoder_blocks.%d.norm_2.weight", l),
              named(b, "head.decoder_blocks.%d.norm_2.bias", l), W);
    core_product(hidden, named(b, "head.decoder_blocks.%d.mlp.fc1.weight", l), n, 4 * W, W);
    for (int i = 0; i < 4 * W; i++) hidden[i] *= 0.5 * erfc(-hidden[i] / sqrt(2));
    core_product(x, named(b, "head.decoder_blocks.%d.mlp.fc2.weight", l), hidden, W, 4 * W);
}

static void plain_norm_1(double *n, const double *x, const bench *b, int l)
{
    core_norm(n, x, named(b, "head.decoder_blocks.%d.norm_1.weight", l),
              named(b, "head.decoder_blocks.%d.norm_1.bias", l), W);
}

/* mixed [W] of row t of an image; qkv [T, 3W]. */
static void plain_attention(double *mixed, double qkv[T][3 * W], int t, isize seen)
{
    enum { d = W / HEADS };
    for (int c = 0; c < W; c++) {
        double sum = 0, value = 0;
        for (int k = 0; k < seen; k++) {
            double score = 0;
            for (int i = c / d * d; i < c / d * d + d; i++) score += qkv[t][i] * qkv[k][W + i];
            sum += exp(score / sqrt(d));
            value += exp(score / sqrt(d)) * qkv[k][2 * W + c];
        }
        mixed[c] = value / sum;
    }
}

static void plain_attends(double x[T][W], const bench *b, int image, int l)
{
    double qkv[T][3 * W] = {{0}};
    for (int t = 0; t < T; t++) {
        double n[W];
        plain_norm_1(n, x[t], b, l);
        core_product(qkv[t], named(b, "head.decoder_blocks.%d.attn.qkv.weight", l), n, 3 * W, W);
    }
    for (int t = 0; t < T; t++) {
        double mixed[W];
        isize seen = vt_pass_seen(&b->pass, image);
        plain_attention(mixed, qkv, t, t + 1 > seen ? t + 1 : seen);
        core_product(x[t], named(b, "head.decoder_blocks.%d.attn.proj.weight", l), mixed, W, W);
    }
}

static void plain_input(double x[W], const bench *b, int image, int t)
{
    int given = T - (int)b->in.hidden, place = b->place_of[image * T + t];
    double token[IN];
    for (int c = 0; c < W; c++) {
        double angle = (c < W / 2 ? place % SIDE : place / SIDE) * pow(10000, -(c % 2) / 2.0);
        x[c] = place < 0 ? 0 : c / 2 % 2 ? cos(angle) : sin(angle);
        x[c] += (double)(t < given ? named(b, "head.decoder_projection.bias", 0)[c]
                                   : named(b, "head.mask_token", 0)[c]);
    }
    if (t >= given) return;
    for (int i = 0; i < IN; i++) token[i] = (double)b->x[(image * given + t) * IN + i];
    core_product(x, named(b, "head.decoder_projection.weight", 0), token, W, IN);
}

/* pred [T, P] of an image. */
static void plain_head(double pred[T][P], const bench *b, int image)
{
    double x[T][W], y[W];
    for (int t = 0; t < T; t++) plain_input(x[t], b, image, t);
    for (int l = 0; l < b->head.shape.depth; l++) {
        if (b->head.shape.kind == VT_DECODER_TRANSFORMER) plain_attends(x, b, image, l);
        for (int t = 0; t < T; t++) {
            if (b->head.shape.norm_skip) plain_norm_1(y, x[t], b, l);
            for (int c = 0; b->head.shape.norm_skip && c < W; c++) x[t][c] += y[c];
            plain_mlp(x[t], b, l);
        }
    }
    for (int t = 0; t < T; t++) {
        core_norm(y, x[t], named(b, "head.decoder_norm.weight", 0),
                  named(b, "head.decoder_norm.bias", 0), W);
        for (int p = 0; p < P; p++) pred[t][p] = (double)named(b, "head.decoder_pred.bias", 0)[p];
        core_product(pred[t], named(b, "head.decoder_pred.weight", 0), y, P, W);
    }
}

/* The rows that the pass wants, and no others, are predicted as in the plain form. */
static void check_plain(bench *b)
{
    double pred[T][P], worst = 0;
    isize r = 0;
    forward(b);
    for (int image = 0; image < B; image++) {
        vt_range range = vt_pass_range(&b->pass, image);
        plain_head(pred, b, image);
        for (isize t = range.from; t < range.to; t++, r++)
            for (int p = 0; p < P; p++) {
                double gap = fabs((double)b->saved.pred[r * P + p] - pred[t][p]);
                if (!(gap <= worst)) worst = gap;
            }
    }
    check_near("prediction", worst, 0, core_bound(2e-5, 1e-12));
    vt_arena_close(&b->arena);
}

static void check_head(int depth, int norm_skip)
{
    bench b;
    bench_open(&b, depth, norm_skip);
    check_plain(&b);
}

static void a_pass_equals_its_plain_form(void)
{
    check_head(DEPTH, 0);
    check_head(1, 0);
    check_head(0, 0);
}

static void with_norm_skip_it_equals_its_plain_form(void)
{
    check_head(DEPTH, 1);
}

static void a_transformer_equals_its_plain_form(void)
{
    static const int32_t prefix_len[B] = {3, 7};
    static const vt_mask_kind masks[] = {VT_MASK_NONE, VT_MASK_CAUSAL, VT_MASK_PREFIX};
    for (int depth = 1; depth <= 3; depth++)
        for (int m = 0; m < 3; m++)
            for (int wanted = 0; wanted < 2; wanted++) {
                bench b;
                vt_decoder_shape shape = shape_of(VT_DECODER_TRANSFORMER, depth, 0);
                bench_of(&b, &shape);
                b.pass.mask = masks[m];
                b.pass.prefix_len = prefix_len;
                b.pass.wanted = wanted ? VT_ROWS_PREDICTING : VT_ROWS_ALL;
                check_plain(&b);
            }
}

static void mask_tokens_stand_behind_what_is_given(void)
{
    static const vt_range some[][B] = {{{4, 9}, {4, 9}}, {{0, 9}, {8, 9}}, {{3, 3}, {1, 5}}};
    for (int hidden = 0; hidden < T; hidden += 4)
        for (int s = 0; s < 3; s++) {
            bench b;
            vt_decoder_shape shape = shape_of(VT_DECODER_TRANSFORMER, DEPTH, 0);
            bench_of(&b, &shape);
            b.in.hidden = hidden;
            b.pass.wanted = VT_ROWS_GIVEN;
            b.pass.rows = some[s];
            b.place_of[0] = b.place_of[T] = -1; /* as a class token's */
            check_plain(&b);
        }
}

static void without_a_middle_it_is_a_linear(void)
{
    bench b;
    vt_decoder_shape shape = shape_of(VT_DECODER_NONE, 0, 0);
    bench_of(&b, &shape);
    forward(&b);
    CU_ASSERT_EQUAL(b.params.numbers, P * IN + P);
    for (int n = 0; n < N; n++) {
        double x[IN], want[P];
        for (int i = 0; i < IN; i++) x[i] = (double)b.x[n * IN + i];
        for (int p = 0; p < P; p++) want[p] = (double)named(&b, "head.decoder_pred.bias", 0)[p];
        core_product(want, named(&b, "head.decoder_pred.weight", 0), x, P, IN);
        for (int p = 0; p < P; p++)
            check_near("pred", (double)b.saved.pred[n * P + p], want[p], core_bound(2e-6, 1e-14));
    }
    vt_arena_close(&b.arena);
}

static void tokens_do_not_know_one_another(void)
{
    static vt_real kept[N * P];
    bench b;
    bench_open(&b, DEPTH, 1);
    forward(&b);
    memcpy(kept, b.saved.pred, sizeof kept);
    for (int moved = 0; moved < N; moved++) {
        vt_real before = b.x[moved * IN];
        b.x[moved * IN] += 1;
        forward(&b);
        for (int n = 0; n < N; n++)
            CU_ASSERT_EQUAL(core_same(kept + n * P, b.saved.pred + n * P, P), n != moved);
        b.x[moved * IN] = before;
    }
    vt_arena_close(&b.arena);
}

static void check_recompute(const vt_decoder_shape *shape, isize hidden)
{
    enum { ROOM = 1 << 12 };
    static vt_real dpred[N * P], grads[ROOM], dx[N * IN], dx_again[N * IN];
    bench b;
    bench_of(&b, shape);
    b.in.hidden = hidden;
    isize size = b.params.size, given = N - B * hidden;
    CU_ASSERT_FATAL(size <= ROOM);
    core_fill(dpred, N * P, 6);
    forward(&b);
    vt_decoder_backward(&b.head, &b.saved, &b.in, dpred, dx, &b.scratch);
    memcpy(grads, b.params.grads, (size_t)size * sizeof *grads);
    memset(b.params.grads, 0, (size_t)size * sizeof *grads);
    vt_decoder_forward(&b.head, &b.again, &b.in, &b.scratch);
    vt_decoder_backward(&b.head, &b.again, &b.in, dpred, dx_again, &b.scratch);
    CU_ASSERT(core_same(b.again.pred, b.saved.pred, N * P));
    CU_ASSERT(core_same(b.params.grads, grads, size));
    CU_ASSERT(core_same(dx_again, dx, given * IN));
    for (isize p = 0; p < b.params.count; p++) /* every parameter that is read has one */
        CU_ASSERT((grads[b.params.info[p].offset] != 0) ==
                  (hidden > 0 || !strstr(b.params.info[p].name, "mask_token")));
    vt_arena_close(&b.arena);
}

static void recompute_gives_the_same_bits(void)
{
    for (int norm_skip = 0; norm_skip < 2; norm_skip++)
        for (int depth = 0; depth <= 3; depth++) {
            vt_decoder_shape mlp = shape_of(VT_DECODER_MLP, depth, norm_skip);
            vt_decoder_shape transformer = shape_of(VT_DECODER_TRANSFORMER, depth, 0);
            check_recompute(&mlp, 0);
            if (depth > 0) check_recompute(&transformer, norm_skip ? 4 : 0);
        }
}

static void hide_without_a_mask_token(void)
{
    bench b;
    vt_decoder_shape shape = shape_of(VT_DECODER_TRANSFORMER, 1, 0);
    shape.mask_token = 0;
    bench_of(&b, &shape);
    b.in.hidden = 2;
    forward(&b);
}

static void hidden_rows_without_a_mask_token_are_stopped(void)
{
    CU_ASSERT(core_aborts(hide_without_a_mask_token));
}

SUITE(decoder, {"a pass equals its plain form", a_pass_equals_its_plain_form},
      {"with norm skip it equals its plain form", with_norm_skip_it_equals_its_plain_form},
      {"a transformer equals its plain form", a_transformer_equals_its_plain_form},
      {"mask tokens stand behind what is given", mask_tokens_stand_behind_what_is_given},
      {"without a middle it is a linear", without_a_middle_it_is_a_linear},
      {"tokens do not know one another", tokens_do_not_know_one_another},
      {"recompute gives the same bits", recompute_gives_the_same_bits},
      {"hidden rows without a mask token are stopped",
       hidden_rows_without_a_mask_token_are_stopped})
