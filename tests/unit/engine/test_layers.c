/* Parameters' table and initial values; linear, norm and MLP on numbers worked by hand. */
#include "base/rng.h"
#include "check.h"
#include "core_fixture.h"
#include "model/layers.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <float.h>
#include <math.h>
#include <string.h>

/* ---- parameters ---- */

static void parameters_lie_in_order_without_overlap(void)
{
    vt_param_info info[3];
    vt_real values[64], grads[64];
    vt_params params = {.values = values, .grads = grads, .info = info};
    vt_param a = vt_param_matrix(&params, 3, 5, VT_INIT_XAVIER, "layer.%d.weight", 7);
    vt_param b = vt_param_vector(&params, 17, VT_INIT_ZERO, "layer.%d.bias", 7);
    vt_param c = vt_param_vector(&params, 1, VT_INIT_ONE, "last");
    CU_ASSERT(params.count == 3 && params.size == 16 + 32 + 16 && params.numbers == 15 + 17 + 1);
    CU_ASSERT(a.value == values && b.value == values + 16 && c.value == values + 48);
    CU_ASSERT(a.grad == grads && b.grad == grads + 16 && c.grad == grads + 48);
    CU_ASSERT(a.rows == 3 && a.cols == 5 && b.rows == 1 && b.cols == 17);
    CU_ASSERT_STRING_EQUAL(info[0].name, "layer.7.weight");
    CU_ASSERT(info[0].dims == 2 && info[0].shape[0] == 3 && info[0].shape[1] == 5);
    CU_ASSERT(info[1].dims == 1 && info[1].shape[0] == 17 && info[1].offset == 16);
    vt_params counting = {0};
    a = vt_param_matrix(&counting, 3, 5, VT_INIT_XAVIER, "x");
    CU_ASSERT(a.value == NULL && a.grad == NULL && counting.size == 16);
}

static void biases_norms_and_positions_do_not_decay(void)
{
    static const struct {
        const char *name;
        int decay;
    } cases[] = {
        {"trunk.blocks.0.attn.qkv.weight", 1},
        {"trunk.blocks.0.mlp.fc1.weight", 1},
        {"preprocessor.patchifier.proj.weight", 1},
        {"head.decoder_pred.weight", 1},
        {"preprocessor.patchifier.proj.bias", 0},
        {"preprocessor.patchifier.norm.weight", 0},
        {"trunk.blocks.0.norm_1.weight", 0},
        {"trunk.post_trunk_norm.bias", 0},
        {"pos_embed", 0},
        {"gamma_1", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        vt_param_info info;
        vt_params params = {.info = &info};
        (void)vt_param_vector(&params, 4, VT_INIT_ZERO, "%s", cases[i].name);
        CU_ASSERT_EQUAL(info.decay, cases[i].decay);
    }
}

/* The largest magnitude is at the bound, and the variance that of a uniform one. */
static void check_uniform(const vt_real *value, isize count, double bound)
{
    double sum = 0, squares = 0, most = 0;
    for (isize i = 0; i < count; i++) {
        double v = (double)value[i];
        sum += v;
        squares += v * v;
        most = fmax(most, fabs(v));
    }
    double n = (double)count;
    CU_ASSERT(most <= bound * (1 + 1e-6) && most > 0.98 * bound);
    check_near("mean", sum / n / bound, 0, 5 / sqrt(3 * n));
    check_near("variance", squares / n / (bound * bound), 1.0 / 3, 5 * 0.3 / sqrt(n));
}

static void initial_values_follow_the_table(void)
{
    enum { ROWS = 60, COLS = 40, ALL = ROWS * COLS };
    static vt_real values[6 * ALL], again[6 * ALL];
    vt_param_info info[6];
    vt_params params = {.values = values, .info = info};
    vt_param xavier = vt_param_matrix(&params, ROWS, COLS, VT_INIT_XAVIER, "a");
    vt_param qkv = vt_param_matrix(&params, ROWS, COLS, VT_INIT_QKV, "b");
    vt_param one = vt_param_vector(&params, 5, VT_INIT_ONE, "c");
    vt_param zero = vt_param_vector(&params, 5, VT_INIT_ZERO, "d");
    vt_param_info conv = {
        .name = "e", .rows = 1, .cols = ALL, .fan = 25, .init = VT_INIT_CONV_BIAS};
    vt_param bias = vt_param_take(&params, conv);
    vt_param twin = vt_param_matrix(&params, ROWS, COLS, VT_INIT_XAVIER, "f");
    for (isize i = 0; i < params.size; i++) values[i] = again[i] = 7;
    vt_params_init(values, info, 6, 1);
    check_uniform(xavier.value, ALL, sqrt(6.0 / (ROWS + COLS)));
    check_uniform(qkv.value, ALL, sqrt(6.0 / (ROWS / 3.0 + COLS)));
    check_uniform(bias.value, ALL, 0.2);
    for (int i = 0; i < 5; i++) CU_ASSERT(one.value[i] == 1 && zero.value[i] == 0);
    CU_ASSERT(one.value[5] == 7 && zero.value[5] == 7); /* padding is not touched */
    vt_params_init(again, info, 6, 1);
    CU_ASSERT(core_same(values, again, params.size));
    vt_params_init(again, info, 6, 2);
    int seeds = 0, twins = 0;
    for (isize i = 0; i < ALL; i++) {
        seeds += values[i] == again[i];
        twins += values[i] == twin.value[i];
    }
    CU_ASSERT(seeds < 5 && twins < 5);
}

/* ---- linear ---- */

static const vt_scratch nothing; /* that a linear or a norm in full precision wants */

static vt_param param(vt_real *value, vt_real *grad, isize rows, isize cols)
{
    return (vt_param){.value = value, .grad = grad, .rows = rows, .cols = cols};
}

typedef struct {
    vt_real weight[6], bias[2], dweight[6], dbias[2];
    vt_linear linear;
} two_by_three;

static void linear_init(two_by_three *s)
{
    *s = (two_by_three){.weight = {1, 2, 3, 4, 5, 6}, .bias = {10, 20}};
    s->linear.weight = param(s->weight, s->dweight, 2, 3);
    s->linear.bias = param(s->bias, s->dbias, 1, 2);
}

static const vt_real X[] = {1, 0, -1, 2, 1, 0}, DY[] = {1, -1, 2, 3};

static void linear_is_a_product_and_a_bias(void)
{
    static const vt_real want[] = {1 - 3 + 10, 4 - 6 + 20, 2 + 2 + 10, 8 + 5 + 20};
    two_by_three s;
    vt_real y[4] = {(vt_real)NAN, (vt_real)NAN, (vt_real)NAN, (vt_real)NAN};
    linear_init(&s);
    vt_linear_forward(&s.linear, X, y, 2, &nothing);
    for (int i = 0; i < 4; i++) CU_ASSERT_EQUAL(y[i], want[i]);
    s.linear.bias = (vt_param){0};
    for (int i = 0; i < 4; i++) y[i] = (vt_real)NAN;
    vt_linear_forward(&s.linear, X, y, 2, &nothing);
    for (int i = 0; i < 4; i++) CU_ASSERT_EQUAL(y[i], want[i] - (i % 2 ? 20 : 10));
    vt_linear_add(&s.linear, X, y, 2, &nothing);
    for (int i = 0; i < 4; i++) CU_ASSERT_EQUAL(y[i], 2 * (want[i] - (i % 2 ? 20 : 10)));
}

static void linear_backward_overwrites_dx_and_accumulates_gradients(void)
{
    /* dx = dy W; dW = dyᵀ x; db = sums of dy's columns. */
    static const vt_real dx_want[] = {-3, -3, -3, 14, 19, 24};
    static const vt_real dw_want[] = {1 + 4, 2, -1, -1 + 6, 3, 1}, db_want[] = {3, 2};
    two_by_three s;
    linear_init(&s);
    for (int round = 1; round <= 2; round++) {
        vt_real dx[6];
        for (int i = 0; i < 6; i++) dx[i] = (vt_real)NAN;
        vt_linear_backward(&s.linear, X, DY, dx, 2, &nothing);
        for (int i = 0; i < 6; i++) CU_ASSERT_EQUAL(dx[i], dx_want[i]);
        for (int i = 0; i < 6; i++) CU_ASSERT_EQUAL(s.dweight[i], (vt_real)round * dw_want[i]);
        for (int i = 0; i < 2; i++) CU_ASSERT_EQUAL(s.dbias[i], (vt_real)round * db_want[i]);
    }
    vt_real place[6]; /* of x first, then of dx */
    memcpy(place, X, sizeof place);
    vt_linear_backward(&s.linear, place, DY, place, 2, &nothing);
    for (int i = 0; i < 6; i++) CU_ASSERT_EQUAL(place[i], dx_want[i]);
    for (int i = 0; i < 6; i++) CU_ASSERT_EQUAL(s.dweight[i], 3 * dw_want[i]);
}

static void linear_leaves_out_what_is_frozen_or_not_wanted(void)
{
    two_by_three s;
    vt_real dx[6];
    linear_init(&s);
    vt_linear_backward(&s.linear, X, DY, NULL, 2, &nothing);
    CU_ASSERT(s.dweight[0] == 5 && s.dbias[0] == 3);
    s.linear.weight.grad = s.linear.bias.grad = NULL;
    vt_linear_backward(&s.linear, X, DY, dx, 2, &nothing);
    CU_ASSERT(s.dweight[0] == 5 && s.dbias[0] == 3 && dx[0] == -3);
}

/* ---- norm and MLP ---- */

static void norm_of_one_row_worked_by_hand(void)
{
    /* x = 1, 3: mean 2, variance 1, eps 3: rstd 1/2, h = -1/2, 1/2. */
    vt_real weight[] = {2, 4}, bias[] = {1, -1}, dweight[2] = {0}, dbias[2] = {0};
    vt_real x[] = {1, 3}, y[2], dy[] = {1, 2}, dx[2], mean[1], rstd[1];
    vt_norm norm = {param(weight, dweight, 1, 2), param(bias, dbias, 1, 2), .eps = 3};
    vt_norm_stat stat = {mean, rstd};
    vt_norm_forward(&norm, &stat, x, y, 1);
    CU_ASSERT(y[0] == 0 && y[1] == 1 && mean[0] == 2 && rstd[0] == (vt_real)0.5);
    /* g = dy weight = 2, 8: mean 5; mean of g h = (-1 + 4) / 2 = 1.5; dx = (g - 5 - 1.5 h) / 2 */
    vt_norm_backward(&norm, &stat, x, dy, NULL, dx, 1, &nothing);
    check_near("dx 0", (double)dx[0], (2 - 5 + 0.75) / 2, 1e-6);
    check_near("dx 1", (double)dx[1], (8 - 5 - 0.75) / 2, 1e-6);
    CU_ASSERT(dweight[0] == (vt_real)-0.5 && dweight[1] == 1 && dbias[0] == 1 && dbias[1] == 2);
    norm.weight.grad = norm.bias.grad = NULL;
    vt_norm_backward(&norm, &stat, x, dy, NULL, dx, 1, &nothing);
    CU_ASSERT(dweight[1] == 1 && dbias[1] == 2);
}

enum { ROWS = 5, COLS = 37 };

/* The residual's gradient is one more term, wherever dx stands. */
static void norm_adds_the_gradient_of_the_residual(void)
{
    static vt_real x[ROWS * COLS], dy[ROWS * COLS], dres[ROWS * COLS], dx[ROWS * COLS];
    static vt_real alone[ROWS * COLS], place[ROWS * COLS], weight[COLS], bias[COLS];
    vt_real mean[ROWS], rstd[ROWS];
    vt_norm norm = {param(weight, NULL, 1, COLS), param(bias, NULL, 1, COLS), .eps = 1e-6};
    vt_norm_stat stat = {mean, rstd};
    core_fill(x, ROWS * COLS, 1);
    core_fill(dy, ROWS * COLS, 2);
    core_fill(dres, ROWS * COLS, 3);
    core_fill(weight, COLS, 4);
    core_fill(bias, COLS, 5);
    vt_norm_forward(&norm, &stat, x, alone, ROWS);
    vt_norm_again(&norm, &stat, x, dx, ROWS);
    CU_ASSERT(core_same(alone, dx, ROWS * COLS));
    vt_norm_backward(&norm, &stat, x, dy, NULL, alone, ROWS, &nothing);
    vt_norm_backward(&norm, &stat, x, dy, dres, dx, ROWS, &nothing);
    for (int i = 0; i < ROWS * COLS; i++)
        check_near("dx", (double)dx[i], (double)alone[i] + (double)dres[i],
                   core_bound(1e-6, 1e-14));
    memcpy(place, dy, sizeof place);
    vt_norm_backward(&norm, &stat, x, place, dres, place, ROWS, &nothing);
    CU_ASSERT(core_same(place, dx, ROWS * COLS));
    memcpy(place, dres, sizeof place);
    vt_norm_backward(&norm, &stat, x, dy, place, place, ROWS, &nothing);
    CU_ASSERT(core_same(place, dx, ROWS * COLS));
    vt_norm_backward(&norm, &stat, x, dy, dy, dx, ROWS, &nothing);
    memcpy(place, dy, sizeof place); /* the head's block: all three in one place */
    vt_norm_backward(&norm, &stat, x, place, place, place, ROWS, &nothing);
    CU_ASSERT(core_same(place, dx, ROWS * COLS));
}

static double gelu(double x)
{
    return 0.5 * x * erfc(-x / sqrt(2));
}

static double gelu_slope(double x)
{
    return 0.5 * erfc(-x / sqrt(2)) + x * exp(-0.5 * x * x) / sqrt(2 * acos(-1));
}

static void mlp_is_two_products_around_a_gelu(void)
{
    enum { C = 2, R = 8, N = 3 };
    vt_real w1[R * C], w2[C * R], x[N * C], y[N * C], dy[N * C], dx[N * C], again[N * R];
    vt_real hidden[N * R], active[N * R], wide[N * R], dw1[R * C] = {0}, dw2[C * R] = {0};
    vt_mlp mlp = {{.weight = param(w1, dw1, R, C)}, {.weight = param(w2, dw2, C, R)}};
    vt_scratch scratch = {.wide = wide, .active = active};
    core_fill(w1, R * C, 1);
    core_fill(w2, C * R, 2);
    core_fill(x, N * C, 3);
    core_fill(dy, N * C, 4);
    for (int i = 0; i < N * C; i++) y[i] = 7;
    vt_mlp_forward(&mlp, hidden, x, y, N, &scratch);
    vt_mlp_forward(&mlp, again, x, NULL, N, &scratch);
    CU_ASSERT(core_same(again, hidden, N * R));
    memcpy(dx, x, sizeof dx); /* in the place of x */
    vt_mlp_backward(&mlp, hidden, dx, dy, dx, N, &scratch);
    for (int n = 0; n < N; n++) {
        double want[C] = {7, 7}, dwant[C] = {0};
        for (int r = 0; r < R; r++) {
            double h = 0, dh = 0;
            for (int c = 0; c < C; c++) h += (double)x[n * C + c] * (double)w1[r * C + c];
            check_near("hidden", (double)hidden[n * R + r], h, core_bound(1e-6, 1e-14));
            for (int c = 0; c < C; c++) {
                want[c] += gelu(h) * (double)w2[c * R + r];
                dh += (double)dy[n * C + c] * (double)w2[c * R + r];
            }
            for (int c = 0; c < C; c++) dwant[c] += dh * gelu_slope(h) * (double)w1[r * C + c];
        }
        for (int c = 0; c < C; c++) {
            check_near("y", (double)y[n * C + c], want[c], core_bound(1e-5, 1e-13));
            check_near("dx", (double)dx[n * C + c], dwant[c], core_bound(1e-5, 1e-13));
        }
    }
    for (int i = 0; i < R * C; i++) {
        double want_1 = 0, want_2 = 0; /* dW1 [R, C], dW2 [C, R] */
        for (int n = 0; n < N; n++) {
            double dh = 0, h = (double)hidden[n * R + i / C], h_2 = (double)hidden[n * R + i % R];
            for (int c = 0; c < C; c++) dh += (double)dy[n * C + c] * (double)w2[c * R + i / C];
            want_1 += dh * gelu_slope(h) * (double)x[n * C + i % C];
            want_2 += (double)dy[n * C + i / R] * gelu(h_2);
        }
        check_near("dw1", (double)dw1[i], want_1, core_bound(1e-5, 1e-13));
        check_near("dw2", (double)dw2[i], want_2, core_bound(1e-5, 1e-13));
    }
}

/* ---- shards ---- */

/* A linear and a norm that two shards share: what the gradients held before is not read. */
static void the_first_shard_overwrites_and_the_next_one_adds(void)
{
    static const vt_real old[] = {0, (vt_real)NAN, (vt_real)INFINITY};
    vt_error err;
    vt_turns *turns = NULL;
    CU_ASSERT_EQUAL_FATAL(vt_turns_open(&turns, 4, &err), VT_OK);
    for (int o = 0; o < 3; o++) {
        two_by_three s, alone;
        vt_real weight[] = {2, 4, 8}, bias[3] = {0}, dweight[3], dbias[3], mean[2], rstd[2], y[6];
        vt_real dweight_alone[3] = {0}, dbias_alone[3] = {0};
        vt_norm norm = {param(weight, dweight_alone, 1, 3), param(bias, dbias_alone, 1, 3), 1e-6};
        vt_norm_stat stat = {mean, rstd};
        linear_init(&s);
        linear_init(&alone);
        vt_linear_backward(&alone.linear, X, DY, NULL, 2, &nothing);
        vt_norm_forward(&norm, &stat, X, y, 2);
        vt_norm_backward(&norm, &stat, X, X, NULL, y, 2, &nothing);
        vt_param *shared[] = {&s.linear.weight, &s.linear.bias, &norm.weight, &norm.bias};
        norm.weight.grad = dweight;
        norm.bias.grad = dbias;
        for (int p = 0; p < 4; p++) {
            shared[p]->turns = turns;
            shared[p]->gate = p;
            for (isize i = 0; i < shared[p]->rows * shared[p]->cols; i++)
                shared[p]->grad[i] = old[o];
        }
        vt_turns_reset(turns);
        for (int turn = 0; turn < 3; turn++) {
            vt_scratch t = {.turn = turn};
            vt_real times = (vt_real)(turn + 1);
            vt_linear_backward(&s.linear, X, DY, NULL, 2, &t);
            vt_norm_backward(&norm, &stat, X, X, NULL, y, 2, &t);
            for (int i = 0; i < 6; i++) CU_ASSERT_EQUAL(s.dweight[i], times * alone.dweight[i]);
            for (int i = 0; i < 2; i++) CU_ASSERT_EQUAL(s.dbias[i], times * alone.dbias[i]);
            for (int i = 0; i < 3; i++)
                check_near("norm", (double)dweight[i], (double)(times * dweight_alone[i]), 1e-5);
            for (int i = 0; i < 3; i++) CU_ASSERT_EQUAL(dbias[i], times * dbias_alone[i]);
        }
        CU_ASSERT(dweight_alone[2] != 0 && dbias_alone[2] != 0);
    }
    vt_turns_close(&turns);
}

/* ---- bf16 ---- */

/* Products of two bf16 numbers are exact, so what is left is the rounding of sums of n terms: at
 * most n eps times the sum of the magnitudes, in any order. */
static void check_sum(const char *what, vt_real got, double want, double magnitude, int terms)
{
    double eps = core_bound((double)FLT_EPSILON, DBL_EPSILON);
    check_near(what, (double)got, want, terms * eps * magnitude);
}

enum { BATCH = 19, IN = 33, OUT = 21 };

typedef struct {
    vt_real weight[OUT * IN], bias[OUT], dweight[OUT * IN], dbias[OUT];
    vt_real x[BATCH * IN], y[BATCH * OUT], dy[BATCH * OUT], dx[BATCH * IN];
    vt_bf16 half[OUT * IN], factors[BATCH * IN + BATCH * IN];
    double wide_weight[OUT * IN], wide_x[BATCH * IN], wide_dy[BATCH * OUT]; /* rounded to bf16 */
    vt_linear linear;
    vt_scratch scratch;
} half_bench;

static void half_init(half_bench *b)
{
    (void)vt_gemm_setup();
    (void)vt_kernels_setup();
    core_fill(b->weight, OUT * IN, 1);
    core_fill(b->bias, OUT, 2);
    core_fill(b->x, BATCH * IN, 3);
    core_fill(b->dy, BATCH * OUT, 4);
    memset(b->dweight, 0, sizeof b->dweight);
    memset(b->dbias, 0, sizeof b->dbias);
    vt_kernels_now()->round_bf16(b->half, b->weight, OUT * IN);
    for (int i = 0; i < OUT * IN; i++) b->wide_weight[i] = core_bf16((double)b->weight[i]);
    for (int i = 0; i < BATCH * IN; i++) b->wide_x[i] = core_bf16((double)b->x[i]);
    for (int i = 0; i < BATCH * OUT; i++) b->wide_dy[i] = core_bf16((double)b->dy[i]);
    b->linear.weight = param(b->weight, b->dweight, OUT, IN);
    b->linear.weight.half = b->half;
    b->linear.bias = param(b->bias, b->dbias, 1, OUT);
    b->scratch = (vt_scratch){.half = b->factors};
}

static void bf16_products_are_those_of_the_rounded_inputs(void)
{
    static half_bench b;
    half_init(&b);
    int changed = 0;
    for (int i = 0; i < BATCH * IN; i++) changed += b.wide_x[i] != (double)b.x[i];
    CU_ASSERT(changed > BATCH * IN / 2); /* so the rounding is seen */
    vt_linear_forward(&b.linear, b.x, b.y, BATCH, &b.scratch);
    for (int i = 0; i < BATCH * OUT; i++) {
        double sum = (double)b.bias[i % OUT], size = fabs(sum);
        for (int k = 0; k < IN; k++) {
            double term = b.wide_x[i / OUT * IN + k] * b.wide_weight[i % OUT * IN + k];
            sum += term;
            size += fabs(term);
        }
        check_sum("y", b.y[i], sum, size, IN + 1);
    }
    vt_linear_backward(&b.linear, b.x, b.dy, b.dx, BATCH, &b.scratch);
    for (int i = 0; i < BATCH * IN; i++) {
        double sum = 0, size = 0;
        for (int k = 0; k < OUT; k++) {
            double term = b.wide_dy[i / IN * OUT + k] * b.wide_weight[k * IN + i % IN];
            sum += term;
            size += fabs(term);
        }
        check_sum("dx", b.dx[i], sum, size, OUT);
    }
    for (int i = 0; i < OUT * IN; i++) {
        double sum = 0, size = 0;
        for (int k = 0; k < BATCH; k++) {
            double term = b.wide_dy[k * OUT + i / IN] * b.wide_x[k * IN + i % IN];
            sum += term;
            size += fabs(term);
        }
        check_sum("dw", b.dweight[i], sum, size, BATCH);
    }
    for (int i = 0; i < OUT; i++) { /* no product: from dy as it is */
        double sum = 0, size = 0;
        for (int k = 0; k < BATCH; k++) {
            sum += (double)b.dy[k * OUT + i];
            size += fabs((double)b.dy[k * OUT + i]);
        }
        check_sum("db", b.dbias[i], sum, size, BATCH);
    }
}

SUITE(layers, {"parameters lie in order without overlap", parameters_lie_in_order_without_overlap},
      {"biases, norms and positions do not decay", biases_norms_and_positions_do_not_decay},
      {"initial values follow the table", initial_values_follow_the_table},
      {"linear is a product and a bias", linear_is_a_product_and_a_bias},
      {"linear backward overwrites dx and accumulates gradients",
       linear_backward_overwrites_dx_and_accumulates_gradients},
      {"linear leaves out what is frozen or not wanted",
       linear_leaves_out_what_is_frozen_or_not_wanted},
      {"norm of one row worked by hand", norm_of_one_row_worked_by_hand},
      {"norm adds the gradient of the residual", norm_adds_the_gradient_of_the_residual},
      {"MLP is two products around a gelu", mlp_is_two_products_around_a_gelu},
      {"the first shard overwrites and the next one adds",
       the_first_shard_overwrites_and_the_next_one_adds},
      {"bf16 products are those of the rounded inputs",
       bf16_products_are_those_of_the_rounded_inputs})
