/* Compiled once for each instruction set (see the Makefile): VT_ISA names the table. The loops are
 * written so that the compiler vectorises them: no branches, reductions declared as such. */
#include "ops/kernels.h"
#include "ops/simd.h"
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#ifndef VT_ISA
#define VT_ISA portable
#endif
#define PASTE(a, b) a##b
#define NAME(a, b)  PASTE(a, b)
#define TEXT(a)     #a
#define STRING(a)   TEXT(a)

/* ---- gelu ---- */

/* Both kernels are made of t = Phi(-a) and phi(a) at a = |x|, without a branch on the sign of x:
 *     gelu(x)  = max(x, 0) - a t
 *     gelu'(x) = 1/2 + sign(x) (1/2 - w), w = t - a phi(a)
 */
#ifdef VT_F64

static inline vt_real reach(vt_real x) /* a */
{
    return fabs(x);
}

static inline vt_real above_zero(vt_real x) /* max(x, 0) */
{
    return x < 0 ? 0 : x;
}

static inline vt_real with_sign_of(vt_real x, vt_real y) /* sign(x) y */
{
    return copysign(1, x) * y;
}

static inline vt_real normal_tail(vt_real a) /* Phi(-a) */
{
    return 0.5 * erfc(a * 0.70710678118654752440);
}

static inline vt_real normal_density(vt_real a) /* phi(a) */
{
    return 0.39894228040143267794 * exp(-0.5 * a * a);
}

#else

/* Roots of the two functions are flat enough for short polynomials, and a power costs a product
 * for each doubling: no division and no exp. The polynomials are fitted on 0 <= a <= FAR for the
 * least absolute error of the powers, and lie below 0 at FAR, so that from there on gelu is exactly
 * 0 or x and its slope 0 or 1. gelu is right within 2e-7 max(1, |x|), its slope within 4e-7,
 * roundings included. Even and odd terms go side by side: half as long a chain of products. */
#define FAR 7.5f

static inline float reach(float x)
{
    float a = fabsf(x);
    return a > FAR ? FAR : a;
}

/* On the bits, where floats above 0 are integers above 0: one instruction everywhere. A NaN may
 * become 0, but a = |x| stays one. */
static inline float above_zero(float x)
{
    int32_t bits = 0;
    memcpy(&bits, &x, sizeof bits);
    bits = bits > 0 ? bits : 0;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float with_sign_of(float x, float y)
{
    uint32_t x_bits = 0, y_bits = 0;
    memcpy(&x_bits, &x, sizeof x_bits);
    memcpy(&y_bits, &y, sizeof y_bits);
    y_bits ^= x_bits & 0x80000000;
    memcpy(&y, &y_bits, sizeof y);
    return y;
}

/* Phi(-a) = max(p(a), 0)^4, error 4.9e-8 */
static inline float normal_tail(float a)
{
    float u = a * a;
    float even = -3.42228623e-6f, odd = 5.87274044e-5f;
    even = even * u - 3.09153867e-4f;
    odd = odd * u - 3.03904053e-5f;
    even = even * u + 3.78839904e-3f;
    odd = odd * u + 4.65552555e-3f;
    even = even * u - 5.02000786e-2f;
    odd = odd * u - 1.67733639e-1f;
    even = even * u + 8.40896428e-1f;
    float p = above_zero(odd * a + even);
    p *= p;
    return p * p;
}

/* phi(a) = max(p(a^2), 0)^8; a phi(a) has error 6e-8 */
static inline float normal_density(float a)
{
    float u = a * a, uu = u * u;
    float even = 3.01451641e-11f, odd = -5.86390136e-9f;
    even = even * uu + 5.51013215e-7f;
    odd = odd * uu - 3.61773491e-5f;
    even = even * uu + 1.74090767e-3f;
    odd = odd * uu - 5.57174794e-2f;
    even = even * uu + 8.9148432e-1f;
    float p = above_zero(odd * u + even);
    p *= p;
    p *= p;
    return p * p;
}

#endif

static void gelu_forward(vt_real *y, const vt_real *x, isize n)
{
#pragma omp simd
    for (isize i = 0; i < n; i++) {
        vt_real a = reach(x[i]);
        y[i] = above_zero(x[i]) - a * normal_tail(a);
    }
}

static void gelu_backward(vt_real *dx, vt_real *y, const vt_real *x, const vt_real *dy, isize n)
{
    const vt_real half = (vt_real)0.5;
#pragma omp simd
    for (isize i = 0; i < n; i++) {
        vt_real x_i = x[i], a = reach(x_i), tail = normal_tail(a);
        vt_real w = tail - a * normal_density(a);
        dx[i] = dy[i] * (half + with_sign_of(x_i, half - w));
        y[i] = above_zero(x_i) - a * tail;
    }
}

/* ---- softmax ---- */

/* Up to the next multiple of the widest vector, so that a masked row has no scalar remainder. */
static isize padded(isize n, isize cols)
{
    return vt_min(cols, (n + 15) / 16 * 16);
}

static void softmax_row(vt_real *row, isize n, isize cols, vt_real scale)
{
    isize m = padded(n, cols);
    vt_real top = row[0];
#pragma omp simd reduction(max : top)
    for (isize k = 0; k < m; k++) {
        vt_real seen = k < n ? row[k] : row[0];
        top = seen > top ? seen : top;
    }
    vt_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (isize k = 0; k < m; k++) {
        vt_real seen = k < n ? row[k] : top;
        vt_real power = exp_fast(scale * (seen - top));
        row[k] = k < n ? power : 0;
        sum += row[k];
    }
    vt_real share = 1 / sum;
#pragma omp simd
    for (isize k = 0; k < m; k++) row[k] *= share;
    for (isize k = m; k < cols; k++) row[k] = 0;
}

/* Beyond n stands what the product left there, a number or not: it becomes the 0 that p is. */
static void softmax_row_backward(vt_real *ds, const vt_real *p, isize n, isize cols, vt_real scale)
{
    isize m = padded(n, cols);
    vt_real dot = 0;
#pragma omp simd reduction(+ : dot)
    for (isize k = 0; k < m; k++) {
        ds[k] = k < n ? ds[k] : 0;
        dot += p[k] * ds[k];
    }
#pragma omp simd
    for (isize k = 0; k < m; k++) ds[k] = scale * p[k] * (ds[k] - dot);
    for (isize k = m; k < cols; k++) ds[k] = 0;
}

/* ---- layer norm ---- */

/* Each step goes over a strip of rows before the next one begins: the CPU then has several rows in
 * hand while it waits for the sum of one. A strip of each array stays in the nearest cache. */
enum { STRIP_ROWS = 8, STRIP_ELEMENTS = 2048 };

static isize strip_of(isize cols)
{
    isize rows = vt_min(STRIP_ROWS, STRIP_ELEMENTS / cols);
    return rows > 1 ? rows : 1;
}

/* A sum in ABREAST chains of additions, so that one does not wait for the one before. */
enum { ABREAST = 4 };
#define EACH _Pragma("GCC unroll 4") for (int i = 0; i < ABREAST; i++)

static inline vt_real sum_abreast(const vector sums[ABREAST])
{
    return lane_sum((sums[0] + sums[1]) + (sums[2] + sums[3]));
}

static inline vt_real mean_of(const vt_real *x, isize cols)
{
    vector sums[ABREAST] = {{0}};
    isize c = 0;
    for (; c + ABREAST * LANES <= cols; c += ABREAST * LANES)
        EACH sums[i] += lanes_at(x + c + i * LANES);
    for (; c + LANES <= cols; c += LANES) sums[0] += lanes_at(x + c);
    vt_real sum = sum_abreast(sums);
    for (; c < cols; c++) sum += x[c];
    return sum / (vt_real)cols;
}

static inline vector square(vector x)
{
    return x * x;
}

static inline vt_real variance_of(const vt_real *x, isize cols, vt_real mean)
{
    vector sums[ABREAST] = {{0}};
    isize c = 0;
    for (; c + ABREAST * LANES <= cols; c += ABREAST * LANES)
        EACH sums[i] += square(lanes_at(x + c + i * LANES) - mean);
    for (; c + LANES <= cols; c += LANES) sums[0] += square(lanes_at(x + c) - mean);
    vt_real sum = sum_abreast(sums);
    for (; c < cols; c++) sum += (x[c] - mean) * (x[c] - mean);
    return sum / (vt_real)cols;
}

static inline void norm_apply_row(vt_real *y, const vt_real *x, vt_real mean, vt_real rstd,
                                  const vt_norm_shape *shape)
{
    const vt_real *weight = shape->weight, *bias = shape->bias;
#pragma omp simd
    for (isize c = 0; c < shape->cols; c++) y[c] = (x[c] - mean) * rstd * weight[c] + bias[c];
}

static void norm_apply(vt_real *y, const vt_real *x, const vt_real *mean, const vt_real *rstd,
                       const vt_norm_shape *shape)
{
    isize cols = shape->cols;
    for (isize r = 0; r < shape->rows; r++)
        norm_apply_row(y + r * cols, x + r * cols, mean[r], rstd[r], shape);
}

static void norm_forward(vt_real *y, vt_real *mean, vt_real *rstd, const vt_real *x,
                         const vt_norm_shape *shape)
{
    isize cols = shape->cols, strip = strip_of(cols);
    for (isize from = 0; from < shape->rows; from += strip) {
        isize to = vt_min(from + strip, shape->rows);
        for (isize r = from; r < to; r++) mean[r] = mean_of(x + r * cols, cols);
        for (isize r = from; r < to; r++) rstd[r] = variance_of(x + r * cols, cols, mean[r]);
        for (isize r = from; r < to; r++)
            rstd[r] = (vt_real)(1 / sqrt((double)rstd[r] + shape->eps));
        for (isize r = from; r < to; r++)
            norm_apply_row(y + r * cols, x + r * cols, mean[r], rstd[r], shape);
    }
}

/* forward was  h = (x - mean) rstd, y = weight h + bias
 * so now       g = dy weight, dx = rstd (g - mean(g) - h mean(g h)) + dres,
 *              dweight += dy h, dbias += dy
 */

typedef struct {
    vt_real mean, rstd, g, gh; /* gh is rstd^2 mean(g h) */
} norm_row;

static inline norm_row backward_means(const vt_real *dy, const vt_real *x, vt_real mean,
                                      vt_real rstd, const vt_norm_shape *shape)
{
    const vt_real *weight = shape->weight;
    vector gs[ABREAST] = {{0}}, ghs[ABREAST] = {{0}};
    isize cols = shape->cols, c = 0;
    for (; c + LANES <= cols; c += LANES) {
        vector g_c = lanes_at(dy + c) * lanes_at(weight + c);
        gs[0] += g_c;
        ghs[0] += g_c * (lanes_at(x + c) - mean);
    }
    vt_real g = sum_abreast(gs), gh = sum_abreast(ghs);
    for (; c < cols; c++) {
        g += dy[c] * weight[c];
        gh += dy[c] * weight[c] * (x[c] - mean);
    }
    return (norm_row){mean, rstd, g / (vt_real)cols, rstd * rstd * rstd * gh / (vt_real)cols};
}

/* Column by column, so that the sums stay in registers while the rows of a strip go by. */
static inline void backward_parameters(vt_real *dweight_dbias[2], const vt_real *dy,
                                       const vt_real *x, const norm_row *rows, isize count,
                                       isize cols)
{
    vt_real *dweight = dweight_dbias[0], *dbias = dweight_dbias[1];
    isize c = 0;
    for (; c + LANES <= cols; c += LANES) {
        vector *dweight_c = (vector *)(dweight + c), *dbias_c = (vector *)(dbias + c);
        vector sum_h = *dweight_c, sum = *dbias_c;
        for (isize r = 0; r < count; r++) {
            vector dy_c = lanes_at(dy + r * cols + c), x_c = lanes_at(x + r * cols + c);
            sum_h += dy_c * ((x_c - rows[r].mean) * rows[r].rstd);
            sum += dy_c;
        }
        *dweight_c = sum_h;
        *dbias_c = sum;
    }
    for (; c < cols; c++)
        for (isize r = 0; r < count; r++) {
            vt_real dy_c = dy[r * cols + c], x_c = x[r * cols + c];
            dweight[c] += dy_c * ((x_c - rows[r].mean) * rows[r].rstd);
            dbias[c] += dy_c;
        }
}

static inline void backward_row(vt_real *dx, const vt_real *dy, const vt_real *x,
                                const vt_real *dres, const norm_row *row,
                                const vt_norm_shape *shape)
{
    const vt_real *weight = shape->weight;
    const vt_real mean = row->mean, rstd = row->rstd, g = row->g, gh = row->gh;
    if (dres) {
#pragma omp simd
        for (isize c = 0; c < shape->cols; c++)
            dx[c] = rstd * (dy[c] * weight[c] - g) - (x[c] - mean) * gh + dres[c];
    } else {
#pragma omp simd
        for (isize c = 0; c < shape->cols; c++)
            dx[c] = rstd * (dy[c] * weight[c] - g) - (x[c] - mean) * gh;
    }
}

static void norm_backward(vt_real *dx, vt_real *dweight_dbias[2], const vt_real *dy,
                          const vt_real *x, const vt_real *mean, const vt_real *rstd,
                          const vt_real *dres, const vt_norm_shape *shape)
{
    isize cols = shape->cols, strip = strip_of(cols);
    norm_row rows[STRIP_ROWS];
    for (isize from = 0; from < shape->rows; from += strip) {
        isize count = vt_min(strip, shape->rows - from), at = from * cols;
        for (isize r = 0; r < count; r++)
            rows[r] = backward_means(dy + at + r * cols, x + at + r * cols, mean[from + r],
                                     rstd[from + r], shape);
        if (dweight_dbias) backward_parameters(dweight_dbias, dy + at, x + at, rows, count, cols);
        for (isize r = 0; r < count; r++, at += cols)
            backward_row(dx + at, dy + at, x + at, dres ? dres + at : NULL, rows + r, shape);
    }
}

/* ---- sums ---- */

static void add(vt_real *y, const vt_real *a, const vt_real *b, isize n)
{
#pragma omp simd
    for (isize i = 0; i < n; i++) y[i] = a[i] + b[i];
}

static void fill_rows(vt_real *y, const vt_real *bias, isize rows, isize cols)
{
    for (isize r = 0; r < rows; r++) memcpy(y + r * cols, bias, (size_t)cols * sizeof *y);
}

static void add_rows(vt_real *y, const vt_real *table, isize rows, isize cols, isize period)
{
    for (isize r = 0; r < rows; r++)
        add(y + r * cols, y + r * cols, table + r % period * cols, cols);
}

static void sum_rows(vt_real *sum, const vt_real *x, isize rows, isize cols)
{
    for (isize r = 0; r < rows; r++) add(sum, sum, x + r * cols, cols);
}

/* ---- rows by index ---- */

static void add_rows_at(vt_real *y, const vt_real *table, const int32_t *row_of, isize rows,
                        isize cols)
{
    for (isize r = 0; r < rows; r++)
        add(y + r * cols, y + r * cols, table + row_of[r] * cols, cols);
}

static void gather_rows(vt_real *y, const vt_real *x, const int32_t *row_of, isize rows, isize cols)
{
    for (isize r = 0; r < rows; r++)
        memcpy(y + r * cols, x + row_of[r] * cols, (size_t)cols * sizeof *y);
}

static void scatter_rows(vt_real *y, const vt_real *x, const int32_t *row_of, isize rows,
                         isize cols)
{
    for (isize r = 0; r < rows; r++)
        memcpy(y + row_of[r] * cols, x + r * cols, (size_t)cols * sizeof *y);
}

/* ---- loss and optimiser ---- */

static double squared_error(vt_real *dpred, const vt_real *pred, const vt_real *target, isize n,
                            vt_real scale)
{
    vt_real sum = 0;
#pragma omp simd reduction(+ : sum)
    for (isize i = 0; i < n; i++) {
        vt_real diff = pred[i] - target[i];
        sum += diff * diff;
        dpred[i] = scale * diff;
    }
    return (double)sum;
}

static double sum_squares(const vt_real *x, isize n)
{
    double sum = 0;
#pragma omp simd reduction(+ : sum)
    for (isize i = 0; i < n; i++) sum += (double)x[i] * (double)x[i];
    return sum;
}

/* Two passes without a branch take less time than one that carries the place along. */
static isize greatest(const vt_real *x, isize n)
{
    vt_real top = x[0];
#pragma omp simd reduction(max : top)
    for (isize i = 0; i < n; i++) top = x[i] > top ? x[i] : top;
    int32_t first = (int32_t)n;
#pragma omp simd reduction(min : first)
    for (int32_t i = 0; i < (int32_t)n; i++) {
        int32_t here = x[i] == top ? i : (int32_t)n;
        first = here < first ? here : first;
    }
    return first < n ? first : 0;
}

static void scale(vt_real *x, isize n, vt_real by)
{
#pragma omp simd
    for (isize i = 0; i < n; i++) x[i] *= by;
}

static double soft_xent(vt_real *d, const vt_real *logits, const vt_real *target, isize n,
                        const vt_soft_xent *shape)
{
    const vt_real sharp = shape->sharp;
    vt_real top = logits[0], sum = 0, dot = 0;
#pragma omp simd reduction(max : top)
    for (isize k = 0; k < n; k++) top = logits[k] > top ? logits[k] : top;
#pragma omp simd reduction(+ : sum, dot)
    for (isize k = 0; k < n; k++) {
        vt_real below = sharp * (logits[k] - top);
        dot += target[k] * below;
        d[k] = exp_fast(below);
        sum += d[k];
    }
    const vt_real share = shape->scale * sharp * shape->mass / sum;
    const vt_real pull = shape->scale * sharp;
#pragma omp simd
    for (isize k = 0; k < n; k++) d[k] = share * d[k] - pull * target[k];
    return (double)shape->mass * log((double)sum) - (double)dot;
}

static void exp_row(vt_real *row, isize n, vt_real scale, vt_real top)
{
#pragma omp simd
    for (isize k = 0; k < n; k++) row[k] = exp_fast(scale * (row[k] - top));
}

static void follow(vt_real *y, const vt_real *x, isize n, vt_real rate)
{
#pragma omp simd
    for (isize i = 0; i < n; i++) y[i] += rate * (x[i] - y[i]);
}

#if defined(__AVX512F__) && !defined(VT_F64)

/* The instruction does what bf16_of does. */
__attribute__((target("avx512bf16"))) static isize round_whole_vectors(vt_bf16 *y, const float *x,
                                                                       isize n)
{
    isize whole = n / LANES * LANES;
    for (isize i = 0; i < whole; i += LANES) {
        __m256bh near = _mm512_cvtneps_pbh(_mm512_loadu_ps(x + i));
        memcpy(y + i, &near, sizeof near);
    }
    return whole;
}

static void round_bf16(vt_bf16 *y, const vt_real *x, isize n)
{
    isize done = __builtin_cpu_supports("avx512bf16") ? round_whole_vectors(y, x, n) : 0;
#pragma omp simd
    for (isize i = done; i < n; i++) y[i] = bf16_of(x[i]);
}

#else

static void round_bf16(vt_bf16 *y, const vt_real *x, isize n)
{
#pragma omp simd
    for (isize i = 0; i < n; i++) y[i] = bf16_of((float)x[i]);
}

#endif

static void adamw_piece(vt_real *value, vt_real *m, vt_real *v, const vt_real *grad, isize n,
                        const vt_adamw *step)
{
    const vt_real scale = (vt_real)step->grad_scale, eps = (vt_real)step->eps;
    const vt_real beta1 = (vt_real)step->beta1, rest1 = (vt_real)(1 - step->beta1);
    const vt_real beta2 = (vt_real)step->beta2, rest2 = (vt_real)(1 - step->beta2);
    const vt_real keep = (vt_real)(1 - step->lr * step->decay);
    const vt_real rate = (vt_real)(step->lr / step->bias1);
    const vt_real root = (vt_real)(1 / sqrt(step->bias2));
#pragma omp simd
    for (isize i = 0; i < n; i++) {
        vt_real g = scale * grad[i];
        m[i] = beta1 * m[i] + rest1 * g;
        v[i] = beta2 * v[i] + rest2 * g * g;
#ifdef VT_F64
        vt_real size = sqrt(v[i]) * root + eps;
#else
        vt_real size = sqrtf(v[i]) * root + eps;
#endif
        value[i] = keep * value[i] - rate * m[i] / size;
    }
}

/* In pieces that the cache still holds when they are rounded. */
static void adamw(vt_real *value, vt_bf16 *half, vt_real *m, vt_real *v, const vt_real *grad,
                  isize n, const vt_adamw *step)
{
    enum { PIECE = 2048 };
    for (isize i = 0; i < n; i += PIECE) {
        isize count = vt_min(n - i, PIECE);
        adamw_piece(value + i, m + i, v + i, grad + i, count, step);
        if (half) round_bf16(half + i, value + i, count);
    }
}

const vt_kernels NAME(vt_kernels_, VT_ISA) = {
    .name = STRING(VT_ISA),
    .gelu_forward = gelu_forward,
    .gelu_backward = gelu_backward,
    .softmax_row = softmax_row,
    .softmax_row_backward = softmax_row_backward,
    .norm_forward = norm_forward,
    .norm_apply = norm_apply,
    .norm_backward = norm_backward,
    .add = add,
    .fill_rows = fill_rows,
    .add_rows = add_rows,
    .sum_rows = sum_rows,
    .add_rows_at = add_rows_at,
    .gather_rows = gather_rows,
    .scatter_rows = scatter_rows,
    .squared_error = squared_error,
    .sum_squares = sum_squares,
    .soft_xent = soft_xent,
    .exp_row = exp_row,
    .follow = follow,
    .greatest = greatest,
    .scale = scale,
    .round_bf16 = round_bf16,
    .adamw = adamw,
    .attention_forward = NAME(vt_attention_forward_, VT_ISA),
    .attention_backward = NAME(vt_attention_backward_, VT_ISA),
    .gemm_tiles = NAME(vt_gemm_tiles_, VT_ISA),
};
