/* Compiled once for each instruction set (see the Makefile): VT_ISA names the table. Without
 * branches, so that the compiler vectorises; without contraction, so that tables agree. */
#include "data/planes.h"
#include <math.h>

#ifndef VT_ISA
#define VT_ISA portable
#endif
#define PASTE(a, b) a##b
#define NAME(a, b)  PASTE(a, b)

enum { LANES = 16 }; /* of a sum: of every table, whatever its vectors hold */

static inline vt_real clamped(vt_real x)
{
    x = x > 0 ? x : 0;
    return x < 255 ? x : 255;
}

static void line(vt_real *restrict x, isize n, vt_real factor, vt_real rest)
{
    for (isize i = 0; i < n; i++) x[i] = clamped(factor * x[i] + rest);
}

static void blend(vt_real *restrict x, const vt_real *restrict y, isize n, vt_real factor)
{
    const vt_real rest = 1 - factor;
    for (isize i = 0; i < n; i++) x[i] = clamped(factor * x[i] + rest * y[i]);
}

static void luma(vt_real *y, const vt_real *planes, isize n)
{
    const vt_real red = (vt_real)0.299, green = (vt_real)0.587, blue = (vt_real)0.114;
#pragma omp simd
    for (isize i = 0; i < n; i++)
        y[i] = red * planes[i] + green * planes[n + i] + blue * planes[2 * n + i];
}

static double sum(const vt_real *x, isize n)
{
    double lane[LANES] = {0}, all = 0;
    isize i = 0;
    for (; i + LANES <= n; i += LANES)
        for (int l = 0; l < LANES; l++) lane[l] += (double)x[i + l];
    for (; i < n; i++) lane[i % LANES] += (double)x[i];
    for (int l = 0; l < LANES; l++) all += lane[l];
    return all;
}

/* One channel of a colour: hue in sixths of the circle; sixth: 5 for red, 3 green, 1 blue. */
static inline vt_real channel(vt_real hue, vt_real value, vt_real chroma, vt_real sixth)
{
    vt_real k = sixth + hue; /* below 12 */
    k = k < 6 ? k : k - 6;
    vt_real rise = 4 - k < k ? 4 - k : k;
    rise = rise > 0 ? rise : 0;
    return value - chroma * (rise < 1 ? rise : 1);
}

static void turn_hue(vt_real *planes, isize n, vt_real turn)
{
    vt_real *red = planes, *green = planes + n, *blue = planes + 2 * n;
    const vt_real sixths = 6 * (turn < 0 ? turn + 1 : turn);
#pragma omp simd
    for (isize i = 0; i < n; i++) {
        vt_real r = red[i], g = green[i], b = blue[i];
        vt_real most = r > g ? r : g, least = r < g ? r : g;
        most = most > b ? most : b;
        least = least < b ? least : b;
        vt_real chroma = most - least, by = chroma > 0 ? chroma : 1;
        vt_real of_red = (g - b) / by, of_green = (b - r) / by + 2, of_blue = (r - g) / by + 4;
        vt_real hue = most == r ? of_red : most == g ? of_green : of_blue;
        hue = hue < 0 ? hue + 6 : hue;
        hue = hue + sixths;
        hue = hue < 6 ? hue : hue - 6;
        red[i] = channel(hue, most, chroma, 5);
        green[i] = channel(hue, most, chroma, 3);
        blue[i] = channel(hue, most, chroma, 1);
    }
}

static void solarize(vt_real *restrict x, isize n, vt_real threshold)
{
    for (isize i = 0; i < n; i++) x[i] = x[i] < threshold ? x[i] : 255 - x[i];
}

static void filter(vt_real *restrict y, const vt_real *restrict x, isize n,
                   const vt_real *restrict weight, isize taps, isize step)
{
    enum { BLOCK = 64 }; /* sums that stay in registers while the taps pass */
    for (isize from = 0; from < n; from += BLOCK) {
        const vt_real *in = x + from;
        isize count = vt_min(BLOCK, n - from);
        vt_real kept[BLOCK] = {0};
        for (isize t = 0; t < taps; t++, in += step)
            for (isize i = 0; i < count; i++) kept[i] += weight[t] * in[i];
        for (isize i = 0; i < count; i++) y[from + i] = kept[i];
    }
}

const vt_planes NAME(vt_planes_, VT_ISA) = {.line = line,
                                            .blend = blend,
                                            .luma = luma,
                                            .sum = sum,
                                            .turn_hue = turn_hue,
                                            .solarize = solarize,
                                            .filter = filter};
