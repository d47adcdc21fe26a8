/* The layer norm of every table that this CPU runs, against the plainest form in long double:
 * widths of one, odd ones, multiples of the vector width and their neighbours, in place, row by
 * row. */
#include "check.h"
#include "core_fixture.h"
#include "ops/kernels.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef long double wide;

enum { ROOM = 4096 };
static vt_real x[ROOM], dy[ROOM], y[ROOM], dx[ROOM], weight[ROOM], bias[ROOM];
static const isize sizes[] = {1,  2,  3,  7,  8,  9,   15,  16,  17,
                              31, 33, 63, 64, 65, 100, 257, 512, 1000};
enum { SIZES = sizeof sizes / sizeof *sizes };

static char label_text[96];
static const char *label(const vt_kernels *k, const char *what, isize n)
{
    (void)snprintf(label_text, sizeof label_text, "%s %s, width %td", k->name, what, n);
    return label_text;
}

/* Keeps the largest gap, and a NaN once there is one. */
static void widen(double *worst, vt_real got, wide want, wide scale)
{
    double gap = (double)(fabsl((wide)got - want) / scale);
    if (!(gap <= *worst)) *worst = gap;
}

static vt_real mean[64], rstd[64], dweight[ROOM], dbias[ROOM], dres[ROOM];

static void check_norm_forward(const vt_kernels *k, const vt_norm_shape *s)
{
    double worst = 0, worst_mean = 0, worst_rstd = 0;
    k->norm_forward(y, mean, rstd, x, s);
    for (isize r = 0; r < s->rows; r++) {
        const vt_real *row = x + r * s->cols;
        wide m = 0, v = 0;
        for (isize c = 0; c < s->cols; c++) m += (wide)row[c];
        m /= s->cols;
        for (isize c = 0; c < s->cols; c++) v += ((wide)row[c] - m) * ((wide)row[c] - m);
        wide h = 1 / sqrtl(v / s->cols + (wide)s->eps);
        widen(&worst_mean, mean[r], m, 1);
        widen(&worst_rstd, rstd[r], h, h);
        for (isize c = 0; c < s->cols; c++)
            widen(&worst, y[r * s->cols + c],
                  ((wide)row[c] - m) * h * (wide)s->weight[c] + (wide)s->bias[c], 1);
    }
    check_near(label(k, "mean", s->cols), worst_mean, 0, core_bound(2e-6, 1e-14));
    check_near(label(k, "rstd", s->cols), worst_rstd, 0, core_bound(2e-6, 1e-14));
    check_near(label(k, "norm", s->cols), worst, 0, core_bound(2e-5, 1e-13));
    k->norm_apply(dx, x, mean, rstd, s);
    CU_ASSERT(core_same(dx, y, s->rows * s->cols));
    for (isize r = 0; r < s->rows; r++) { /* a row does not feel its neighbours */
        vt_norm_shape alone = {1, s->cols, s->weight, s->bias, s->eps};
        k->norm_forward(dx, dx + s->cols, dx + s->cols + 1, x + r * s->cols, &alone);
        CU_ASSERT(core_same(dx, y + r * s->cols, s->cols));
        CU_ASSERT(dx[s->cols] == mean[r] && dx[s->cols + 1] == rstd[r]);
    }
}

static void check_norm_backward(const vt_kernels *k, const vt_norm_shape *s)
{
    vt_real *grads[2] = {dweight, dbias};
    static wide want_weight[ROOM], want_bias[ROOM];
    double worst = 0, worst_grad = 0;
    isize cols = s->cols;
    for (isize c = 0; c < cols; c++) {
        want_weight[c] = want_bias[c] = 3;
        dweight[c] = dbias[c] = 3;
    }
    k->norm_backward(dx, grads, dy, x, mean, rstd, dres, s);
    for (isize r = 0; r < s->rows; r++) {
        wide sum = 0, sum_h = 0, m = (wide)mean[r], h = (wide)rstd[r];
        const vt_real *x_r = x + r * cols, *dy_r = dy + r * cols;
        for (isize c = 0; c < cols; c++) {
            wide normal = ((wide)x_r[c] - m) * h, g = (wide)dy_r[c] * (wide)s->weight[c];
            sum += g / cols;
            sum_h += g * normal / cols;
            want_weight[c] += (wide)dy_r[c] * normal;
            want_bias[c] += (wide)dy_r[c];
        }
        for (isize c = 0; c < cols; c++)
            widen(&worst, dx[r * cols + c],
                  (wide)dres[r * cols + c] + h * ((wide)dy_r[c] * (wide)s->weight[c] - sum -
                                                  ((wide)x_r[c] - m) * h * sum_h),
                  1 + h);
    }
    for (isize c = 0; c < cols; c++) {
        widen(&worst_grad, dweight[c], want_weight[c], 1);
        widen(&worst_grad, dbias[c], want_bias[c], 1);
    }
    check_near(label(k, "norm backward", cols), worst, 0, core_bound(2e-5, 1e-13));
    check_near(label(k, "norm gradients", cols), worst_grad, 0, core_bound(2e-5, 1e-13));
}

/* A frozen norm, and a gradient that takes the place of what it is made from, change no bit. */
static void check_norm_variants(const vt_kernels *k, const vt_norm_shape *s)
{
    static vt_real frozen[ROOM];
    double worst_gap = 0;
    isize all = s->rows * s->cols;
    k->norm_backward(frozen, NULL, dy, x, mean, rstd, dres, s);
    CU_ASSERT(core_same(frozen, dx, all));
    memcpy(frozen, dy, sizeof frozen);
    k->norm_backward(frozen, NULL, frozen, x, mean, rstd, dres, s);
    CU_ASSERT(core_same(frozen, dx, all));
    memcpy(frozen, dres, sizeof frozen);
    k->norm_backward(frozen, NULL, dy, x, mean, rstd, frozen, s);
    CU_ASSERT(core_same(frozen, dx, all));
    k->norm_backward(frozen, NULL, dy, x, mean, rstd, NULL, s);
    for (isize i = 0; i < all; i++)
        widen(&worst_gap, dx[i] - frozen[i], (wide)dres[i], 1 + fabsl((wide)dx[i]));
    check_near(label(k, "residual gradient", s->cols), worst_gap, 0, core_bound(1e-6, 1e-14));
    vt_real *grads[2] = {y, y + ROOM / 2};
    memset(y, 0, sizeof y);
    memcpy(frozen, dy, sizeof frozen);
    k->norm_backward(frozen, grads, frozen, x, mean, rstd, dres, s);
    CU_ASSERT(core_same(frozen, dx, all));
    double worst = 0;
    for (isize c = 0; c < s->cols; c++) {
        widen(&worst, y[c], (wide)dweight[c] - 3, 1);
        widen(&worst, y[ROOM / 2 + c], (wide)dbias[c] - 3, 1);
    }
    check_near(label(k, "gradients in place", s->cols), worst, 0, core_bound(2e-5, 1e-13));
}

static void norm_gives_mean_zero_and_variance_one(void)
{
    for (int t = 0; vt_kernels_at(t); t++)
        for (int s = 0; s < SIZES; s++) {
            isize rows = sizes[s] < 128 ? 21 : 4; /* more than are in hand at a time */
            vt_norm_shape shape = {rows, sizes[s], weight, bias, 1e-6};
            core_fill(x, ROOM, 5);
            core_fill(dy, ROOM, 6);
            core_fill(weight, ROOM, 7);
            core_fill(bias, ROOM, 8);
            core_fill(dres, ROOM, 14);
            for (isize i = 0; i < ROOM; i++) x[i] += 2;
            check_norm_forward(vt_kernels_at(t), &shape);
            check_norm_backward(vt_kernels_at(t), &shape);
            check_norm_variants(vt_kernels_at(t), &shape);
        }
}

static void a_constant_row_is_normed_to_the_bias(void)
{
    for (int t = 0; vt_kernels_at(t); t++) {
        vt_norm_shape shape = {1, 17, weight, bias, 1e-6};
        core_fill(weight, 17, 7);
        core_fill(bias, 17, 8);
        for (isize c = 0; c < 17; c++) x[c] = (vt_real)-2.5;
        vt_kernels_at(t)->norm_forward(y, mean, rstd, x, &shape);
        check_near("mean", (double)mean[0], -2.5, 0);
        check_near("rstd", (double)rstd[0], 1000, 1e-3);
        CU_ASSERT(core_same(y, bias, 17));
    }
}

SUITE(norm_kernels,
      {"norm gives mean zero and variance one", norm_gives_mean_zero_and_variance_one},
      {"a constant row is normed to the bias", a_constant_row_is_normed_to_the_bias})
