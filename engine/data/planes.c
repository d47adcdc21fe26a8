/* Compiled once for each instruction set (see the Makefile). Without branches, so that the compiler
 * vectorises; without contraction, so that tables agree. */
#include "data/planes.h"
#include "base/isa.h"
#include <math.h>

enum {
    LANES = 16,            /* of a sum: of every table, whatever its vectors hold */
    BLOCK = VT_TILE_BLOCK, /* sums that stay in registers while the taps pass */
    ROWS = VT_TILE_ROWS
};

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
    for (isize from = 0; from < n; from += BLOCK) {
        const vt_real *in = x + from;
        isize count = vt_min(BLOCK, n - from);
        vt_real kept[BLOCK] = {0};
        for (isize t = 0; t < taps; t++, in += step)
            for (isize i = 0; i < count; i++) kept[i] += weight[t] * in[i];
        for (isize i = 0; i < count; i++) y[from + i] = kept[i];
    }
}

/* ---- resampling ---- */

static void cubic(vt_real *restrict weight, double *restrict exact, double from, double centre,
                  double wide, isize taps)
{
    const double a = -0.5;
    double all = 0;
#pragma omp simd
    for (isize t = 0; t < taps; t++) {
        double x = fabs((from + (double)t - centre) / wide);
        double near = ((a + 2) * x - (a + 3)) * x * x + 1;
        double far = (((x - 5) * x + 8) * x - 4) * a;
        double outer = x < 2 ? far : 0;
        exact[t] = x < 1 ? near : outer;
    }
    for (isize t = 0; t < taps; t++) all += exact[t];
#pragma omp simd
    for (isize t = 0; t < taps; t++) weight[t] = (vt_real)(exact[t] / all);
}

typedef vt_real four
    __attribute__((vector_size(4 * sizeof(vt_real)), aligned(sizeof(vt_real)), may_alias));

/* As long as the set's registers: what is longer the compiler takes apart by single numbers. */
#if defined(__AVX512F__)
enum { REGISTER_BYTES = 64 };
#elif defined(__AVX__)
enum { REGISTER_BYTES = 32 };
#else
enum { REGISTER_BYTES = 16 };
#endif
enum { HELD = REGISTER_BYTES / sizeof(vt_real) };
_Static_assert(BLOCK % (4 * HELD) == 0 && ROWS % HELD == 0, "strips fill a block");
typedef vt_real lanes
    __attribute__((vector_size(REGISTER_BYTES), aligned(sizeof(vt_real)), may_alias));

/* y[j * step_y + i] = x[i * step_x + j] for i, j < 4. */
static inline void turn(vt_real *y, isize step_y, const vt_real *x, isize step_x)
{
    four a = *(const four *)x, b = *(const four *)(x + step_x);
    four c = *(const four *)(x + 2 * step_x), d = *(const four *)(x + 3 * step_x);
    four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
    four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
    four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(four *)y = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
    *(four *)(y + step_y) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
    *(four *)(y + 2 * step_y) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
    *(four *)(y + 3 * step_y) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

/* The rows of a block as numbers, once for all the outputs that read them. */
static void widen(vt_real *restrict y, const unsigned char *restrict x, isize row_bytes, isize rows,
                  isize n)
{
    for (isize r = 0; r < rows; r++, x += row_bytes, y += BLOCK)
        if (n == BLOCK)
            for (isize i = 0; i < BLOCK; i++) y[i] = (vt_real)x[i];
        else
            for (isize i = 0; i < n; i++) y[i] = (vt_real)x[i];
}

/* One output row of a block: the sums of a strip of it stay in registers. */
static inline void mix(vt_real *restrict y, const vt_real *restrict x,
                       const vt_real *restrict weight, isize taps)
{
    for (isize strip = 0; strip < BLOCK; strip += 4 * HELD) {
        lanes a = {0}, b = {0}, c = {0}, d = {0};
        const vt_real *from = x + strip;
        for (isize t = 0; t < taps; t++, from += BLOCK) {
            a += weight[t] * *(const lanes *)from;
            b += weight[t] * *(const lanes *)(from + HELD);
            c += weight[t] * *(const lanes *)(from + 2 * HELD);
            d += weight[t] * *(const lanes *)(from + 3 * HELD);
        }
        *(lanes *)(y + strip) = a;
        *(lanes *)(y + strip + HELD) = b;
        *(lanes *)(y + strip + 2 * HELD) = c;
        *(lanes *)(y + strip + 3 * HELD) = d;
    }
}

static void mix_rows(vt_real *restrict tile, vt_pixel_rows in, const vt_taps *down, isize y,
                     isize rows, vt_real *restrict spare)
{
    vt_real block[ROWS * BLOCK] = {0};
    isize top = down->first[y], read = down->first[y + rows - 1] + down->taps - top;
    for (isize from = 0; from < in.across; from += BLOCK) {
        isize n = vt_min(BLOCK, in.across), whole = n & ~(isize)3;
        if (from > in.across - n) from = in.across - n; /* the last one meets the one before it */
        widen(spare, in.pixels + top * in.row_bytes + from, in.row_bytes, read, n);
        for (isize l = y; l < y + rows; l++)
            mix(block + (l - y) * BLOCK, spare + (down->first[l] - top) * BLOCK,
                down->weight + l * down->taps, down->taps);
        vt_real *to = tile + from * ROWS;
        for (isize i = 0; i < whole; i += 4)
            for (isize l = 0; l < ROWS; l += 4)
                turn(to + i * ROWS + l, ROWS, block + l * BLOCK + i, BLOCK);
        for (isize i = whole; i < n; i++)
            for (isize l = 0; l < ROWS; l++) to[i * ROWS + l] = block[l * BLOCK + i];
    }
}

static inline void mix_column(vt_real *restrict y, const vt_real *restrict tile,
                              const vt_real *restrict weight, isize taps, isize step)
{
    for (isize l = 0; l < ROWS; l += HELD) {
        lanes sum = {0};
        for (isize t = 0; t < taps; t++) sum += weight[t] * *(const lanes *)(tile + t * step + l);
        *(lanes *)(y + l) = sum;
    }
}

static void mix_columns(vt_real *restrict y, const vt_real *tile, int channels, int c,
                        const vt_taps *along, isize rows)
{
    enum { WIDE = 16 };
    vt_real made[WIDE * ROWS] = {0}, turned[ROWS * WIDE];
    for (isize from = 0; from < along->count; from += WIDE) {
        isize n = vt_min(WIDE, along->count - from);
        int whole = n == WIDE && rows == ROWS;
        vt_real *to = whole ? y + from : turned;
        isize step = whole ? along->count : WIDE;
        for (isize i = 0; i < n; i++)
            mix_column(made + i * ROWS, tile + (along->first[from + i] * channels + c) * ROWS,
                       along->weight + (from + i) * along->taps, along->taps, channels * ROWS);
        for (isize i = 0; i < WIDE * ROWS; i++) made[i] = clamped(made[i]);
        for (isize i = 0; i < WIDE; i += 4)
            for (isize l = 0; l < ROWS; l += 4)
                turn(to + l * step + i, step, made + i * ROWS + l, ROWS);
        for (isize l = 0; l < rows && !whole; l++)
            for (isize i = 0; i < n; i++) y[l * along->count + from + i] = turned[l * WIDE + i];
    }
}

static void place(vt_real *restrict y, const vt_real *restrict x, isize n, vt_real scale,
                  vt_real shift, int flip)
{
    if (flip)
        for (isize i = 0; i < n; i++) y[i] = x[n - 1 - i] * scale + shift;
    else
        for (isize i = 0; i < n; i++) y[i] = x[i] * scale + shift;
}

const vt_planes VT_ISA_OWN(vt_planes) = {.line = line,
                                         .blend = blend,
                                         .luma = luma,
                                         .sum = sum,
                                         .turn_hue = turn_hue,
                                         .solarize = solarize,
                                         .filter = filter,
                                         .cubic = cubic,
                                         .mix_rows = mix_rows,
                                         .mix_columns = mix_columns,
                                         .place = place};
