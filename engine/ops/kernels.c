/* Compiled once for each instruction set (see the Makefile), in loops that the compiler vectorises:
 * no branches, reductions declared as such. */
#include "ops/kernels.h"
#include "base/isa.h"
#include "ops/simd.h"
#if defined(__AVX512F__)
#include <immintrin.h>
#endif

#define TEXT(a)   #a
#define STRING(a) TEXT(a)

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

/* ---- sums ---- */

static void add(vt_real *y, const vt_real *a, const vt_real *b, isize n)
{
#pragma omp simd
    for (isize i = 0; i < n; i++) y[i] = a[i] + b[i];
}

static void fill_rows(vt_real *y, const vt_real *row, isize rows, isize cols)
{
    for (isize r = 0; r < rows; r++) memcpy(y + r * cols, row, (size_t)cols * sizeof *y);
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

const vt_kernels VT_ISA_OWN(vt_kernels) = {
    .name = STRING(VT_ISA),
    .gelu_forward = VT_ISA_OWN(vt_gelu_forward),
    .gelu_backward = VT_ISA_OWN(vt_gelu_backward),
    .softmax_row = softmax_row,
    .softmax_row_backward = softmax_row_backward,
    .norm_forward = VT_ISA_OWN(vt_norm_rows_forward),
    .norm_apply = VT_ISA_OWN(vt_norm_rows_apply),
    .norm_backward = VT_ISA_OWN(vt_norm_rows_backward),
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
    .attention_forward = VT_ISA_OWN(vt_attention_forward),
    .attention_backward = VT_ISA_OWN(vt_attention_backward),
    .gemm_tiles = VT_ISA_OWN(vt_gemm_tiles),
};
