/* The pixel head's forward pass against its plainest form, and that tokens stay apart in it. */
#include "base/rng.h"
#include "check.h"
#include "core_fixture.h"
#include "model/pixel_head.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { SIDE = 3, T = SIDE * SIDE, B = 2, N = B * T, IN = 6, W = 8, P = 5, DEPTH = 2 };

typedef struct {
    vt_arena arena;
    vt_params params;
    vt_pixel_head head;
    vt_head_saved saved, again; /* again: with recompute */
    vt_scratch scratch;
    vt_real *x;
    int32_t token_of[N];
} bench;

static void carve(bench *b, const vt_head_shape *shape)
{
    vt_params counted = {0};
    vt_arena none = {0};
    (void)vt_pixel_head_plan(shape, &counted, &none);
    b->params = (vt_params){.info = VT_TAKE(&b->arena, vt_param_info, counted.count)};
    b->params.values = VT_TAKE(&b->arena, vt_real, counted.size);
    b->params.grads = VT_TAKE(&b->arena, vt_real, counted.size);
    b->head = vt_pixel_head_plan(shape, &b->params, &b->arena);
    b->saved = vt_head_saved_plan(shape, N, 0, &b->arena);
    b->again = vt_head_saved_plan(shape, N, 1, &b->arena);
    vt_scratch_size size = {.rows = N, .width = W, .recompute = 1};
    b->scratch = vt_scratch_plan(&b->arena, &size);
    b->x = VT_TAKE(&b->arena, vt_real, N * IN);
}

static void bench_open(bench *b, int depth, int norm_skip)
{
    vt_error err = {0};
    vt_head_shape shape = {.grid_side = SIDE,
                           .in = IN,
                           .values = P,
                           .width = W,
                           .depth = depth,
                           .norm_skip = norm_skip,
                           .norm_eps = 1e-6};
    *b = (bench){0};
    (void)vt_gemm_setup();
    vt_kernels_setup();
    carve(b, &shape);
    CU_ASSERT_EQUAL_FATAL(vt_arena_open(&b->arena, &err), VT_OK);
    carve(b, &shape);
    vt_params_init(b->params.values, b->params.info, b->params.count, 3);
    vt_rng rng = vt_rng_at(5, VT_RNG_TEST, 0, 0); /* norms and biases that show themselves */
    for (isize i = 0; i < b->params.size; i++)
        b->params.values[i] += (vt_real)(0.2 * vt_rng_normal(&rng));
    core_fill(b->x, N * IN, 4);
    for (int n = 0; n < N; n++) b->token_of[n] = (4 * n + 3) % T; /* in no order, some twice */
}

static void forward(bench *b)
{
    vt_pixel_head_forward(&b->head, &b->saved, b->x, b->token_of, N, &b->scratch);
}

/* ---- the plain form ---- */

static const vt_real *named(const bench *b, const char *format, int l)
{
    return core_named(&b->params, format, l);
}

static void plain_block(double *x, const bench *b, int l)
{
    double n[W], hidden[4 * W] = {0};
    if (b->head.shape.norm_skip) {
        core_norm(n, x, named(b, "head.decoder_blocks.%d.norm_1.weight", l),
                  named(b, "head.decoder_blocks.%d.norm_1.bias", l), W);
        for (int c = 0; c < W; c++) x[c] += n[c];
    }
    core_norm(n, x, named(b, "head.decoder_blocks.%d.norm_2.weight", l),
              named(b, "head.decoder_blocks.%d.norm_2.bias", l), W);
    core_product(hidden, named(b, "head.decoder_blocks.%d.mlp.fc1.weight", l), n, 4 * W, W);
    for (int i = 0; i < 4 * W; i++) hidden[i] *= 0.5 * erfc(-hidden[i] / sqrt(2));
    core_product(x, named(b, "head.decoder_blocks.%d.mlp.fc2.weight", l), hidden, W, 4 * W);
}

static void plain_head(double *pred, const bench *b, int n)
{
    double token[IN], x[W], y[W];
    int t = b->token_of[n];
    for (int i = 0; i < IN; i++) token[i] = (double)b->x[n * IN + i];
    for (int c = 0; c < W; c++) {
        double place = (c < W / 2 ? t % SIDE : t / SIDE) * pow(10000, -(c % 2) / 2.0);
        x[c] = (double)named(b, "head.decoder_projection.bias", 0)[c] +
               (c / 2 % 2 ? cos(place) : sin(place));
    }
    core_product(x, named(b, "head.decoder_projection.weight", 0), token, W, IN);
    for (int l = 0; l < b->head.shape.depth; l++) plain_block(x, b, l);
    core_norm(y, x, named(b, "head.decoder_norm.weight", 0), named(b, "head.decoder_norm.bias", 0),
              W);
    for (int p = 0; p < P; p++) pred[p] = (double)named(b, "head.decoder_pred.bias", 0)[p];
    core_product(pred, named(b, "head.decoder_pred.weight", 0), y, P, W);
}

static void check_head(int depth, int norm_skip)
{
    bench b;
    double worst = 0, pred[P];
    bench_open(&b, depth, norm_skip);
    forward(&b);
    for (int n = 0; n < N; n++) {
        plain_head(pred, &b, n);
        for (int p = 0; p < P; p++) {
            double gap = fabs((double)b.saved.pred[n * P + p] - pred[p]);
            if (!(gap <= worst)) worst = gap;
        }
    }
    check_near("prediction", worst, 0, core_bound(2e-5, 1e-12));
    vt_arena_close(&b.arena);
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

static void check_recompute(int depth, int norm_skip)
{
    enum { ROOM = 1 << 12 };
    static vt_real dpred[N * P], grads[ROOM], dx[N * IN], dx_again[N * IN];
    bench b;
    bench_open(&b, depth, norm_skip);
    isize size = b.params.size;
    CU_ASSERT_FATAL(size <= ROOM);
    core_fill(dpred, N * P, 6);
    forward(&b);
    vt_pixel_head_backward(&b.head, &b.saved, b.x, dpred, dx, N, &b.scratch);
    memcpy(grads, b.params.grads, (size_t)size * sizeof *grads);
    memset(b.params.grads, 0, (size_t)size * sizeof *grads);
    vt_pixel_head_forward(&b.head, &b.again, b.x, b.token_of, N, &b.scratch);
    vt_pixel_head_backward(&b.head, &b.again, b.x, dpred, dx_again, N, &b.scratch);
    CU_ASSERT(core_same(b.again.pred, b.saved.pred, N * P));
    CU_ASSERT(core_same(b.params.grads, grads, size));
    CU_ASSERT(core_same(dx_again, dx, N * IN));
    for (isize p = 0; p < b.params.count; p++)
        CU_ASSERT(grads[b.params.info[p].offset] != 0); /* every parameter has one */
    vt_arena_close(&b.arena);
}

static void recompute_gives_the_same_bits(void)
{
    for (int norm_skip = 0; norm_skip < 2; norm_skip++)
        for (int depth = 0; depth <= 3; depth++) check_recompute(depth, norm_skip);
}

SUITE(pixel_head, {"a pass equals its plain form", a_pass_equals_its_plain_form},
      {"with norm skip it equals its plain form", with_norm_skip_it_equals_its_plain_form},
      {"tokens do not know one another", tokens_do_not_know_one_another},
      {"recompute gives the same bits", recompute_gives_the_same_bits})
