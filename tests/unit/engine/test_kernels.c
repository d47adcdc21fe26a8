/* Every table that this CPU runs, against the plainest form in long double: sizes of one, odd
 * ones, multiples of the vector width and their neighbours, in place, and at the extremes. */
#include "check.h"
#include "core_fixture.h"
#include "ops/kernels.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef long double wide;
static const wide ROOT_HALF = 0.70710678118654752440084436210485L;
static const wide DENSITY = 0.39894228040143267793994605993438L;

enum { ROOM = 4096 };
static vt_real x[ROOM], dy[ROOM], y[ROOM], dx[ROOM], weight[ROOM], bias[ROOM];
static const isize sizes[] = {1,  2,  3,  7,  8,  9,   15,  16,  17,
                              31, 33, 63, 64, 65, 100, 257, 512, 1000};
enum { SIZES = sizeof sizes / sizeof *sizes };

static char label_text[96];
static const char *label(const vt_kernels *k, const char *what, isize n)
{
    (void)snprintf(label_text, sizeof label_text, "%s %s, size %td", k->name, what, n);
    return label_text;
}

static void tables_are_named_from_the_plainest(void)
{
    int count = 0;
    CU_ASSERT_STRING_EQUAL(vt_kernels_at(0)->name, "portable");
    while (vt_kernels_at(count)) count++;
    CU_ASSERT(count >= 1 && count <= 3);
    for (int i = 1; i < count; i++)
        CU_ASSERT_STRING_EQUAL(vt_kernels_at(i)->name, i == 1 ? "avx2" : "avx512");
}

static void the_environment_chooses_the_table(void)
{
    static char kept[64];
    const char *before = getenv("VT_ISA");
    const vt_kernels *best = vt_kernels_at(0);
    (void)snprintf(kept, sizeof kept, "%s", before ? before : "");
    for (int i = 0; vt_kernels_at(i); i++) {
        best = vt_kernels_at(i);
        CU_ASSERT_EQUAL(setenv("VT_ISA", best->name, 1), 0);
        CU_ASSERT_EQUAL(vt_kernels_setup(), 1);
        CU_ASSERT_PTR_EQUAL(vt_kernels_now(), best);
    }
    CU_ASSERT_EQUAL(setenv("VT_ISA", "abacus", 1), 0);
    CU_ASSERT_EQUAL(vt_kernels_setup(), 0);
    CU_ASSERT_PTR_EQUAL(vt_kernels_now(), best);
    CU_ASSERT_EQUAL(unsetenv("VT_ISA"), 0);
    CU_ASSERT_EQUAL(vt_kernels_setup(), 1);
    CU_ASSERT_PTR_EQUAL(vt_kernels_now(), best);
    if (before) CU_ASSERT_EQUAL(setenv("VT_ISA", kept, 1), 0);
    (void)vt_kernels_setup();
}

/* Keeps the largest gap, and a NaN once there is one. */
static void widen(double *worst, vt_real got, wide want, wide scale)
{
    double gap = (double)(fabsl((wide)got - want) / scale);
    if (!(gap <= *worst)) *worst = gap;
}

/* ---- gelu ---- */

static wide phi_below(wide at)
{
    return 0.5L * erfcl(-at * ROOT_HALF);
}

static void check_gelu(const vt_kernels *k, isize n)
{
    static vt_real again[ROOM];
    double worst = 0, worst_slope = 0;
    k->gelu_forward(y, x, n);
    k->gelu_backward(dx, again, x, dy, n);
    CU_ASSERT(core_same(again, y, n));
    for (isize i = 0; i < n; i++) {
        wide at = (wide)x[i], slope = phi_below(at) + at * DENSITY * expl(-0.5L * at * at);
        wide scale = fmaxl(1, fabsl(at));
        widen(&worst, y[i], at * phi_below(at), scale);
        widen(&worst_slope, dx[i], (wide)dy[i] * slope, fabsl((wide)dy[i]) * scale);
    }
    check_near(label(k, "gelu", n), worst, 0, core_bound(2e-7, 1e-15));
    check_near(label(k, "slope of gelu", n), worst_slope, 0, core_bound(4e-7, 1e-15));
    memcpy(again, dy, sizeof again);
    memcpy(y, x, sizeof y);
    k->gelu_backward(again, y, y, again, n); /* in place */
    CU_ASSERT(core_same(again, dx, n));
    memcpy(again, x, sizeof again);
    k->gelu_forward(again, again, n);
    CU_ASSERT(core_same(again, y, n));
}

static void gelu_is_x_times_phi(void)
{
    for (int t = 0; vt_kernels_at(t); t++)
        for (int s = 0; s < SIZES; s++) {
            core_fill(x, ROOM, 1);
            core_fill(dy, ROOM, 2);
            for (isize i = 0; i < ROOM; i++) x[i] *= 3; /* the bend and both tails */
            check_gelu(vt_kernels_at(t), sizes[s]);
        }
}

/* Densely over the bend, both tails and beyond. */
static void gelu_is_right_everywhere(void)
{
    enum { PIECES = 40 };
    for (int t = 0; vt_kernels_at(t); t++)
        for (int p = 0; p < PIECES; p++) {
            for (isize i = 0; i < ROOM; i++) {
                x[i] = (vt_real)(20.0 * (p + (double)i / ROOM) / PIECES - 10);
                dy[i] = 1;
            }
            check_gelu(vt_kernels_at(t), ROOM);
        }
}

static void gelu_is_exact_far_from_zero(void)
{
    static const vt_real far[] = {8,       -8,       30,     -30,     1e6, -1e6,
                                  0x1p100, -0x1p100, 0x1p50, -0x1p50, -100};
    enum { N = sizeof far / sizeof *far };
    for (int t = 0; vt_kernels_at(t); t++) {
        const vt_kernels *k = vt_kernels_at(t);
        for (isize i = 0; i < N; i++) dy[i] = 1;
        k->gelu_forward(y, far, N);
        k->gelu_backward(dx, weight, far, dy, N);
        CU_ASSERT(core_same(y, weight, N));
        for (isize i = 0; i < N; i++) {
            double positive = far[i] > 0;
            check_near("far gelu", (double)y[i], positive * (double)far[i], core_bound(0, 1e-14));
            check_near("far slope", (double)dx[i], positive, core_bound(0, 1e-13));
        }
    }
}

/* ---- softmax ---- */

static wide softmax_reference(wide *p, const vt_real *row, isize n, double scale)
{
    wide top = (wide)row[0], sum = 0;
    for (isize k = 0; k < n; k++) top = fmaxl(top, (wide)row[k]);
    for (isize k = 0; k < n; k++) sum += p[k] = expl((wide)scale * ((wide)row[k] - top));
    for (isize k = 0; k < n; k++) p[k] /= sum;
    return sum;
}

static void check_softmax(const vt_kernels *k, isize n, isize cols, double spread)
{
    static wide p[ROOM];
    static vt_real ds[ROOM];
    const vt_real scale = (vt_real)0.37;
    double worst = 0, worst_slope = 0;
    core_fill(x, cols, 3);
    core_fill(ds, cols, 4);
    for (isize i = 0; i < cols; i++) x[i] *= (vt_real)spread;
    memcpy(y, x, sizeof y);
    (void)softmax_reference(p, x, n, (double)scale);
    k->softmax_row(y, n, cols, scale);
    wide dot = 0, sum = 0;
    for (isize i = 0; i < n; i++) dot += p[i] * (wide)ds[i];
    memcpy(dx, ds, sizeof dx);
    k->softmax_row_backward(dx, y, n, cols, scale);
    for (isize i = 0; i < n; i++) {
        widen(&worst, y[i], p[i], p[i] + 1e-6L);
        widen(&worst_slope, dx[i], (wide)scale * p[i] * ((wide)ds[i] - dot), p[i] + 1e-6L);
        sum += (wide)y[i];
    }
    for (isize i = n; i < cols; i++) CU_ASSERT(y[i] == 0 && dx[i] == 0);
    /* The argument's rounding grows with its size, up to the 87 where a share vanishes. */
    double bound = core_bound(2e-6, 1e-14) * (1 + spread);
    check_near(label(k, "softmax", n), worst, 0, bound);
    check_near(label(k, "softmax backward", n), worst_slope, 0, 5 * bound);
    check_near(label(k, "sum of shares", n), (double)sum, 1, core_bound(1e-6, 1e-14));
}

static void softmax_shares_sum_to_one_up_to_the_limit(void)
{
    for (int t = 0; vt_kernels_at(t); t++)
        for (int s = 0; s < SIZES; s++) {
            check_softmax(vt_kernels_at(t), sizes[s], sizes[s], 1);
            check_softmax(vt_kernels_at(t), sizes[s], sizes[s] + 5, 1);
            check_softmax(vt_kernels_at(t), (sizes[s] + 1) / 2, sizes[s], 10);
        }
}

/* Beyond the limit stands what the product left there: huge, or no number at all. */
static void softmax_does_not_read_beyond_the_limit(void)
{
    for (int t = 0; vt_kernels_at(t); t++) {
        const vt_kernels *k = vt_kernels_at(t);
        for (isize n = 1; n < 40; n++) {
            isize cols = 40;
            for (isize i = 0; i < cols; i++)
                y[i] = i < n ? 2 : i % 2 ? (vt_real)NAN : (vt_real)INFINITY;
            k->softmax_row(y, n, cols, 1);
            for (isize i = 0; i < cols; i++)
                check_near("share", (double)y[i], i < n ? 1 / (double)n : 0, 1e-7);
            for (isize i = 0; i < cols; i++) dx[i] = i < n ? 1 : (vt_real)NAN;
            k->softmax_row_backward(dx, y, n, cols, 1);
            for (isize i = 0; i < cols; i++) check_near("gradient", (double)dx[i], 0, 1e-7);
        }
    }
}

static void softmax_survives_a_huge_spread(void)
{
    for (int t = 0; vt_kernels_at(t); t++) {
        const vt_kernels *k = vt_kernels_at(t);
        for (isize top = 0; top < 19; top++) {
            for (isize i = 0; i < 19; i++) y[i] = (vt_real)(-1e30 * (1 + (double)i));
            y[top] = (vt_real)1e30;
            k->softmax_row(y, 19, 19, 3);
            for (isize i = 0; i < 19; i++) check_near("share", (double)y[i], i == top, 1e-30);
        }
    }
}

/* ---- sums ---- */

static void sums_are_those_of_the_plain_loops(void)
{
    for (int t = 0; vt_kernels_at(t); t++) {
        const vt_kernels *k = vt_kernels_at(t);
        for (int s = 0; s < SIZES && sizes[s] <= 257; s++) {
            isize cols = sizes[s], rows = 5, period = 2;
            double worst = 0;
            core_fill(x, ROOM, 9);
            core_fill(dy, ROOM, 10);
            k->add(y, x, dy, cols);
            for (isize i = 0; i < cols; i++) CU_ASSERT_EQUAL(y[i], x[i] + dy[i]);
            memcpy(y, x, sizeof y);
            k->add(y, y, dy, cols);
            for (isize i = 0; i < cols; i++) CU_ASSERT_EQUAL(y[i], x[i] + dy[i]);
            CU_ASSERT_EQUAL(y[cols], x[cols]);
            k->fill_rows(y, dy, rows, cols);
            for (isize i = 0; i < rows * cols; i++) CU_ASSERT_EQUAL(y[i], dy[i % cols]);
            CU_ASSERT_EQUAL(y[rows * cols], x[rows * cols]);
            memcpy(y, x, sizeof y);
            k->add_rows(y, dy, rows, cols, period);
            for (isize i = 0; i < rows * cols; i++)
                CU_ASSERT_EQUAL(y[i], x[i] + dy[i / cols % period * cols + i % cols]);
            memcpy(y, dy, sizeof y);
            k->sum_rows(y, x, rows, cols);
            for (isize c = 0; c < cols; c++) {
                wide sum = (wide)dy[c];
                for (isize r = 0; r < rows; r++) sum += (wide)x[r * cols + c];
                widen(&worst, y[c], sum, 1);
            }
            check_near(label(k, "sum of rows", cols), worst, 0, core_bound(3e-6, 1e-14));
        }
    }
}

static void rows_go_where_their_index_says(void)
{
    static const int32_t row_of[] = {3, 0, 4, 1, 6};
    for (int t = 0; vt_kernels_at(t); t++) {
        const vt_kernels *k = vt_kernels_at(t);
        for (int s = 0; s < SIZES && sizes[s] <= 512; s++) {
            isize cols = sizes[s], rows = 5;
            core_fill(x, ROOM, 15);
            core_fill(dy, ROOM, 16);
            memcpy(y, dy, sizeof y);
            k->add_rows_at(y, x, row_of, rows, cols);
            for (isize i = 0; i < rows * cols; i++)
                CU_ASSERT_EQUAL(y[i], dy[i] + x[row_of[i / cols] * cols + i % cols]);
            CU_ASSERT_EQUAL(y[rows * cols], dy[rows * cols]);
            k->gather_rows(y, x, row_of, rows, cols);
            for (isize r = 0; r < rows; r++)
                CU_ASSERT(core_same(y + r * cols, x + row_of[r] * cols, cols));
            CU_ASSERT_EQUAL(y[rows * cols], dy[rows * cols]);
            memcpy(y, dy, sizeof y);
            k->scatter_rows(y, x, row_of, rows, cols);
            for (isize r = 0; r < rows; r++)
                CU_ASSERT(core_same(y + row_of[r] * cols, x + r * cols, cols));
            CU_ASSERT(core_same(y + 2 * cols, dy + 2 * cols, cols));
            CU_ASSERT(core_same(y + 5 * cols, dy + 5 * cols, cols));
        }
    }
}

static void losses_and_norms_are_sums_of_squares(void)
{
    for (int t = 0; vt_kernels_at(t); t++) {
        const vt_kernels *k = vt_kernels_at(t);
        for (int s = 0; s < SIZES; s++) {
            isize n = sizes[s];
            wide error = 0, squares = 0;
            core_fill(x, ROOM, 11);
            core_fill(dy, ROOM, 12);
            double got = k->squared_error(dx, x, dy, n, (vt_real)0.25);
            for (isize i = 0; i < n; i++) {
                wide gap = (wide)x[i] - (wide)dy[i];
                error += gap * gap;
                squares += (wide)x[i] * (wide)x[i];
                CU_ASSERT_EQUAL(dx[i], (vt_real)0.25 * (x[i] - dy[i]));
            }
            check_near(label(k, "squared error", n), got / (double)error, 1,
                       core_bound(2e-6, 1e-14));
            check_near(label(k, "sum of squares", n), k->sum_squares(x, n) / (double)squares, 1,
                       1e-14);
        }
        /* In single precision these squares would overflow. */
        for (isize i = 0; i < 3; i++) x[i] = (vt_real)1e25;
        check_near("huge squares", k->sum_squares(x, 3) / 3e50, 1, 1e-6);
    }
}

/* ---- optimiser ---- */

/* g = 0.5, m = 0.1 g = 0.05, v = 0.01 g^2 = 0.0025; corrected 0.5 and 0.25; so the step is
 * 0.1 * 0.5 / 0.5 = 0.1, and decay takes 0.1 * 0.1 of the value 1: 0.99 - 0.1 = 0.89. */
static void a_step_of_adamw_worked_by_hand(void)
{
    for (int t = 0; vt_kernels_at(t); t++) {
        vt_real value = 1, m = 0, v = 0, grad = 2;
        vt_adamw step = {.lr = 0.1,
                         .beta1 = 0.9,
                         .beta2 = 0.99,
                         .eps = 1e-30,
                         .decay = 0.1,
                         .grad_scale = 0.25,
                         .bias1 = 0.1,
                         .bias2 = 0.01};
        vt_kernels_at(t)->adamw(&value, NULL, &m, &v, &grad, 1, &step);
        check_near("m", (double)m, 0.05, 1e-8);
        check_near("v", (double)v, 0.0025, 1e-9);
        check_near("value", (double)value, 0.89, 1e-7);
        grad = 0; /* m = 0.045, v = 0.002475; corrected by 0.19 and 0.0199 */
        step.bias1 = 0.19;
        step.bias2 = 0.0199;
        step.decay = 0;
        vt_kernels_at(t)->adamw(&value, NULL, &m, &v, &grad, 1, &step);
        check_near("value", (double)value, 0.89 - 0.1 * (0.045 / 0.19) / sqrt(0.002475 / 0.0199),
                   2e-7);
    }
}

static void check_adamw(const vt_kernels *k, isize n)
{
    static vt_real value[ROOM], m[ROOM], v[ROOM], twin[ROOM], twin_m[ROOM], twin_v[ROOM];
    static vt_bf16 half[ROOM + 1], rounded[ROOM];
    static double want[ROOM], want_m[ROOM], want_v[ROOM];
    double worst = 0;
    core_fill(value, n, 13);
    for (isize i = 0; i < n; i++) {
        want[i] = (double)value[i];
        twin[i] = value[i];
        m[i] = v[i] = twin_m[i] = twin_v[i] = 0;
        want_m[i] = want_v[i] = 0;
    }
    for (int t = 1; t <= 12; t++) {
        vt_adamw s = {.lr = 1e-2,
                      .beta1 = 0.9,
                      .beta2 = 0.95,
                      .eps = 1e-8,
                      .decay = 0.05,
                      .grad_scale = t % 2 ? 1 : 0.3,
                      .bias1 = 1 - pow(0.9, t),
                      .bias2 = 1 - pow(0.95, t)};
        core_fill(dy, n, (uint64_t)(20 + t));
        half[n] = 0x1234;
        k->adamw(value, half, m, v, dy, n, &s);
        k->adamw(twin, NULL, twin_m, twin_v, dy, n, &s);
        CU_ASSERT(core_same(twin, value, n) && half[n] == 0x1234);
        k->round_bf16(rounded, value, n);
        CU_ASSERT(memcmp(half, rounded, (size_t)n * sizeof *half) == 0);
        for (isize i = 0; i < n; i++) {
            double g = s.grad_scale * (double)dy[i];
            want_m[i] = s.beta1 * want_m[i] + (1 - s.beta1) * g;
            want_v[i] = s.beta2 * want_v[i] + (1 - s.beta2) * g * g;
            want[i] -= s.lr * s.decay * want[i];
            want[i] -= s.lr * (want_m[i] / s.bias1) / (sqrt(want_v[i] / s.bias2) + s.eps);
        }
    }
    for (isize i = 0; i < n; i++) widen(&worst, value[i], (wide)want[i], 1);
    check_near(label(k, "12 steps of adamw", n), worst, 0, core_bound(3e-6, 1e-14));
}

static void steps_of_adamw_follow_the_double_loop(void)
{
    for (int t = 0; vt_kernels_at(t); t++)
        for (int s = 0; s < SIZES; s++) check_adamw(vt_kernels_at(t), sizes[s]);
    for (int t = 0; vt_kernels_at(t); t++) check_adamw(vt_kernels_at(t), ROOM - 1);
}

/* ---- bfloat16 ---- */

static float float_of(uint32_t bits)
{
    float value = 0;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* Of the two neighbours the nearer one, measured in double, where infinity is the next power; what
 * is too small for a normal number is nothing. */
static vt_bf16 nearest(uint32_t upper, uint32_t lower)
{
    uint32_t sign = upper & 0x8000, down = upper & 0x7fff, up = down + (lower > 0);
    double value = (double)float_of(down << 16 | lower), below = (double)float_of(down << 16);
    double above = up == 0x7f80 ? 0x1p128 : (double)float_of(up << 16);
    if (down < 0x80) return (vt_bf16)sign;
    if (value - below < above - value) return (vt_bf16)(sign | down);
    if (value - below > above - value) return (vt_bf16)(sign | up);
    return (vt_bf16)(sign | (down & 1 ? up : down));
}

static void check_rounding(const vt_kernels *k, uint32_t lower)
{
    enum { ALL = 1 << 16 };
    static vt_real from[ALL];
    static vt_bf16 to[ALL];
    int wrong = 0;
    for (uint32_t upper = 0; upper < ALL; upper++)
        from[upper] = (vt_real)float_of(upper << 16 | lower);
    k->round_bf16(to, from, ALL);
    for (uint32_t upper = 0; upper < ALL; upper++) {
        float value = float_of(upper << 16 | lower);
        if (isnan(value))
            wrong += !isnan(float_of((uint32_t)to[upper] << 16)) || !(to[upper] & 0x40);
        else
            wrong += to[upper] != (isinf(value) ? upper : nearest(upper, lower));
    }
    CU_ASSERT_EQUAL(wrong, 0);
}

static void rounding_goes_to_the_nearest_even(void)
{
    static const uint32_t lower[] = {0, 1, 0x1234, 0x7fff, 0x8000, 0x8001, 0xc000, 0xffff};
    for (int t = 0; vt_kernels_at(t); t++) {
        const vt_kernels *k = vt_kernels_at(t);
        for (size_t i = 0; i < sizeof lower / sizeof *lower; i++) check_rounding(k, lower[i]);
        for (int s = 0; s < SIZES; s++) {
            static vt_bf16 half[ROOM];
            isize n = sizes[s];
            core_fill(x, ROOM, 17);
            half[n] = 0x1234;
            k->round_bf16(half, x, n);
            for (isize i = 0; i < n; i++) {
                uint32_t bits = 0;
                float value = (float)x[i];
                memcpy(&bits, &value, sizeof bits);
                CU_ASSERT_EQUAL(half[i], nearest(bits >> 16, bits & 0xffff));
            }
            CU_ASSERT_EQUAL(half[n], 0x1234);
        }
    }
}

/* ---- what students and teachers are made of ---- */

static void check_soft_xent(const vt_kernels *k, isize n)
{
    const vt_soft_xent shape = {.sharp = 10, .mass = 2, .scale = (vt_real)0.25};
    wide top = (wide)x[0], sum = 0, mass = 0, want = 0;
    core_fill(x, n, 21);
    core_fill(dy, n, 22);
    for (isize i = 0; i < n; i++) {
        dy[i] *= dy[i];
        mass += (wide)dy[i];
        x[i] *= (vt_real)0.3;
        top = i == 0 || (wide)x[i] > top ? (wide)x[i] : top;
    }
    for (isize i = 0; i < n; i++) dy[i] = (vt_real)(2 * (wide)dy[i] / mass);
    for (isize i = 0; i < n; i++) sum += expl(10 * ((wide)x[i] - top));
    for (isize i = 0; i < n; i++) want += (wide)dy[i] * (logl(sum) - 10 * ((wide)x[i] - top));
    check_near(label(k, "soft xent", n), k->soft_xent(dx, x, dy, n, &shape), (double)want,
               core_bound(1e-5, 1e-13) * (1 + (double)want));
    for (isize i = 0; i < n; i++) {
        wide share = expl(10 * ((wide)x[i] - top)) / sum;
        wide slope = 0.25L * 10 * (2 * share - (wide)dy[i]);
        check_near("its gradient", (double)dx[i], (double)slope, core_bound(1e-5, 1e-13));
    }
    memcpy(y, x, (size_t)n * sizeof *y);
    (void)k->soft_xent(y, y, dy, n, &shape);
    CU_ASSERT(core_same(y, dx, n));
}

static void cross_entropy_to_shares_is_that_of_the_plain_loop(void)
{
    for (int t = 0; vt_kernels_at(t); t++)
        for (int s = 0; s < SIZES; s++) check_soft_xent(vt_kernels_at(t), sizes[s]);
}

static void rows_become_powers_and_followers_close_in(void)
{
    for (int t = 0; vt_kernels_at(t); t++) {
        const vt_kernels *k = vt_kernels_at(t);
        for (int s = 0; s < SIZES; s++) {
            isize n = sizes[s];
            core_fill(x, n, 31);
            core_fill(dy, n, 32);
            memcpy(y, x, (size_t)n * sizeof *y);
            k->exp_row(y, n, 3, 2);
            for (isize i = 0; i < n; i++) {
                double want = exp(3 * ((double)x[i] - 2));
                check_near("power", (double)y[i], want, core_bound(2e-6, 1e-15) * want);
            }
            memcpy(y, x, (size_t)n * sizeof *y);
            k->follow(y, dy, n, (vt_real)0.25);
            for (isize i = 0; i < n; i++)
                check_near("follower", (double)y[i], 0.75 * (double)x[i] + 0.25 * (double)dy[i],
                           core_bound(1e-6, 1e-15));
            k->follow(y, y, n, 1);
            memcpy(x, y, (size_t)n * sizeof *y);
            k->follow(y, dy, n, 0);
            CU_ASSERT(core_same(x, y, n));
        }
    }
}

/* ---- no number stays no number ---- */

static void check_nan(const vt_kernels *k, isize at)
{
    enum { N = 37 };
    vt_norm_shape shape = {1, N, weight, bias, 1e-6};
    vt_real mean = 0, rstd = 0;
    for (isize i = 0; i < N; i++) {
        x[i] = y[i] = i == at ? (vt_real)NAN : (vt_real)i / N;
        dy[i] = weight[i] = 1;
        bias[i] = 0;
    }
    k->softmax_row(y, N, N, 1);
    for (isize i = 0; i < N; i++) CU_ASSERT(isnan(y[i]));
    k->norm_forward(y, &mean, &rstd, x, &shape);
    for (isize i = 0; i < N; i++) CU_ASSERT(isnan(y[i]));
    k->gelu_forward(y, x, N);
    for (isize i = 0; i < N; i++) CU_ASSERT(isnan(y[i]) == (i == at));
    k->gelu_backward(dx, y, x, dy, N);
    for (isize i = 0; i < N; i++) CU_ASSERT(isnan(y[i]) == (i == at) && isnan(dx[i]) == (i == at));
    CU_ASSERT(isnan(k->squared_error(dx, x, dy, N, 1)));
    for (isize i = 0; i < N; i++) CU_ASSERT(isnan(dx[i]) == (i == at));
    CU_ASSERT(isnan(k->sum_squares(x, N)));
    x[at] = (vt_real)INFINITY;
    memcpy(y, x, sizeof y);
    k->softmax_row(y, N, N, 1);
    CU_ASSERT(isnan(y[at]));
    k->norm_forward(y, &mean, &rstd, x, &shape);
    CU_ASSERT(isnan(y[at]));
    CU_ASSERT(isinf(k->squared_error(dx, x, dy, N, 1)) && isinf(k->sum_squares(x, N)));
}

static void nan_stays_nan(void)
{
    for (int t = 0; vt_kernels_at(t); t++)
        for (isize at = 0; at < 37; at++) check_nan(vt_kernels_at(t), at);
}

SUITE(kernels, {"tables are named, from the plainest", tables_are_named_from_the_plainest},
      {"the environment chooses the table", the_environment_chooses_the_table},
      {"gelu is x times phi", gelu_is_x_times_phi},
      {"gelu is right everywhere", gelu_is_right_everywhere},
      {"gelu is exact far from zero", gelu_is_exact_far_from_zero},
      {"softmax shares sum to one, up to the limit", softmax_shares_sum_to_one_up_to_the_limit},
      {"softmax does not read beyond the limit", softmax_does_not_read_beyond_the_limit},
      {"softmax survives a huge spread", softmax_survives_a_huge_spread},
      {"sums are those of the plain loops", sums_are_those_of_the_plain_loops},
      {"rows go where their index says", rows_go_where_their_index_says},
      {"losses and norms are sums of squares", losses_and_norms_are_sums_of_squares},
      {"cross-entropy to shares is that of the plain loop",
       cross_entropy_to_shares_is_that_of_the_plain_loop},
      {"rows become powers and followers close in", rows_become_powers_and_followers_close_in},
      {"a step of adamw worked by hand", a_step_of_adamw_worked_by_hand},
      {"steps of adamw follow the double loop", steps_of_adamw_follow_the_double_loop},
      {"rounding goes to the nearest, even", rounding_goes_to_the_nearest_even},
      {"NaN stays NaN", nan_stays_nan})
