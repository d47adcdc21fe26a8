#include "objective/koleo.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

static const double eps = 1e-8;

vt_koleo_work vt_koleo_work_plan(isize B, isize C, vt_arena *arena)
{
    vt_koleo_work work;
    work.unit = VT_TAKE(arena, vt_real, B * C);
    work.dunit = VT_TAKE(arena, vt_real, B * C);
    work.product = VT_TAKE(arena, vt_real, B * B);
    return work;
}

static double length_of(const vt_real *x, isize C)
{
    double length = sqrt(vt_kernels_now()->sum_squares(x, C));
    return length < eps ? eps : length;
}

static isize nearest(const vt_real *products, isize B, isize own)
{
    isize best = own == 0 ? 1 : 0;
    for (isize j = best + 1; j < B; j++)
        if (j != own && products[j] > products[best]) best = j;
    return best;
}

/* The loss of x, y being its neighbour; adds its gradient to both. */
static double repel(vt_real *dx, vt_real *dy, const vt_real *x, const vt_real *y, isize C)
{
    double squares = 0;
    for (isize c = 0; c < C; c++) {
        double gap = (double)x[c] - (double)y[c];
        squares += gap * gap;
    }
    double distance = sqrt(squares);
    double pull = distance > 0 ? -1 / ((distance + eps) * distance) : 0;
    for (isize c = 0; c < C; c++) {
        vt_real d = (vt_real)(pull * ((double)x[c] - (double)y[c]));
        dx[c] += d;
        dy[c] -= d;
    }
    return -log(distance + eps);
}

void vt_koleo(double *losses, vt_real *dx, const vt_real *x, isize B, isize C, double scale,
              const vt_koleo_work *w)
{
    memset(losses, 0, (size_t)B * sizeof *losses);
    if (B < 2) return;
    for (isize i = 0; i < B; i++) {
        vt_real by = (vt_real)(1 / length_of(x + i * C, C));
        for (isize c = 0; c < C; c++) w->unit[i * C + c] = by * x[i * C + c];
    }
    memset(w->dunit, 0, (size_t)(B * C) * sizeof *w->dunit);
    vt_gemm(w->product, B, (vt_extent){B, B, C}, (vt_factor){w->unit, C, VT_N},
            (vt_factor){w->unit, C, VT_T}, 0);
    for (isize i = 0; i < B; i++) {
        isize j = nearest(w->product + i * B, B, i);
        losses[i] = repel(w->dunit + i * C, w->dunit + j * C, w->unit + i * C, w->unit + j * C, C);
    }
    for (isize i = 0; dx && i < B; i++) {
        const vt_real *u = w->unit + i * C, *d = w->dunit + i * C;
        double along = 0, by = scale / length_of(x + i * C, C);
        for (isize c = 0; c < C; c++) along += (double)d[c] * (double)u[c];
        for (isize c = 0; c < C; c++)
            dx[i * C + c] += (vt_real)(by * ((double)d[c] - along * (double)u[c]));
    }
}
