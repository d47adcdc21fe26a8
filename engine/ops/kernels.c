/* Compiled once for each instruction set (see the Makefile): VT_ISA names the table. The loops are
 * written so that the compiler vectorises them: no branches, reductions declared as such. */
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

#ifndef VT_ISA
#define VT_ISA portable
#endif
#define PASTE(a, b) a##b
#define NAME(a, b)  PASTE(a, b)
#define TEXT(a)     #a
#define STRING(a)   TEXT(a)

/* ---- scalar functions that vectorise ---- */

#ifdef VT_F64

static inline vt_real exp_fast(vt_real x)
{
    return exp(x);
}

static inline vt_real tail(vt_real a) /* Phi(-a), a >= 0 */
{
    return 0.5 * erfc(a * 0.70710678118654752440);
}

#else

/* exp by x = n ln 2 + r: 2^n goes into the exponent, e^r is a polynomial on |r| <= ln 2 / 2
 * (coefficients of Cephes' expf; relative error 2e-7). Clamped to the finite range. */
static inline float exp_fast(float x)
{
    const float shift = 12582912.0f; /* 1.5 * 2^23: adding it rounds to an integer */
    x = x < -87.0f ? -87.0f : x;
    x = x > 88.0f ? 88.0f : x;
    float shifted = x * 1.44269504088896341f + shift; /* n stands in its lowest bits */
    float n = shifted - shift;
    float r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 1.9875691500e-4f;
    p = p * r + 1.3981999507e-3f;
    p = p * r + 8.3334519073e-3f;
    p = p * r + 4.1665795894e-2f;
    p = p * r + 1.6666665459e-1f;
    p = p * r + 5.0000001201e-1f;
    p = p * r * r + r + 1.0f;
    uint32_t bits = 0;
    float power = 0;
    memcpy(&bits, &shifted, sizeof bits);
    bits = (bits + 127) << 23;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

/* Phi(-a) for a >= 0: Abramowitz and Stegun 7.1.26, absolute error 0.75e-7. */
static inline float tail(float a)
{
    float z = a * 0.70710678118654752440f;
    float t = 1.0f / (1.0f + 0.3275911f * z);
    float p = 1.061405429f;
    p = p * t - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    return 0.5f * p * t * exp_fast(-0.5f * a * a);
}

#endif

static inline vt_real magnitude(vt_real x)
{
    return x < 0 ? -x : x;
}

/* ---- gelu ---- */

static void gelu_forward(vt_real *y, const vt_real *x, isize n)
{
#pragma omp simd
    for (isize i = 0; i < n; i++) {
        vt_real below = tail(magnitude(x[i]));
        y[i] = x[i] * (x[i] < 0 ? below : 1 - below);
    }
}

static void gelu_backward(vt_real *dx, const vt_real *x, const vt_real *dy, isize n)
{
    const vt_real density = (vt_real)0.39894228040143267794; /* 1 / sqrt(2 pi) */
#pragma omp simd
    for (isize i = 0; i < n; i++) {
        vt_real below = tail(magnitude(x[i]));
        vt_real phi = density * exp_fast((vt_real)-0.5 * x[i] * x[i]);
        dx[i] = dy[i] * ((x[i] < 0 ? below : 1 - below) + x[i] * phi);
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

static void norm_forward(vt_real *y, vt_real *mean, vt_real *rstd, const vt_real *x,
                         const vt_norm_shape *shape)
{
    isize cols = shape->cols;
    for (isize r = 0; r < shape->rows; r++) {
        const vt_real *x_r = x + r * cols;
        vt_real *y_r = y + r * cols;
        vt_real sum = 0, squares = 0;
#pragma omp simd reduction(+ : sum)
        for (isize c = 0; c < cols; c++) sum += x_r[c];
        vt_real m = sum / (vt_real)cols;
#pragma omp simd reduction(+ : squares)
        for (isize c = 0; c < cols; c++) squares += (x_r[c] - m) * (x_r[c] - m);
        vt_real s = (vt_real)(1.0 / sqrt((double)squares / (double)cols + shape->eps));
#pragma omp simd
        for (isize c = 0; c < cols; c++)
            y_r[c] = (x_r[c] - m) * s * shape->weight[c] + shape->bias[c];
        mean[r] = m;
        rstd[r] = s;
    }
}

/* forward was  h = (x - mean) rstd, y = weight h + bias
 * so now       g = dy weight, dx = rstd (g - mean(g) - h mean(g h)), dweight += dy h, dbias += dy
 */
static void norm_backward(vt_real *dx, vt_real *dweight_dbias[2], const vt_real *dy,
                          const vt_real *x, const vt_real *mean, const vt_real *rstd,
                          const vt_norm_shape *shape)
{
    isize cols = shape->cols;
    const vt_real *weight = shape->weight;
    for (isize r = 0; r < shape->rows; r++) {
        const vt_real *x_r = x + r * cols, *dy_r = dy + r * cols;
        vt_real *dx_r = dx + r * cols;
        vt_real m = mean[r], s = rstd[r], sum = 0, sum_h = 0;
        if (dweight_dbias) {
            vt_real *dweight = dweight_dbias[0], *dbias = dweight_dbias[1];
#pragma omp simd
            for (isize c = 0; c < cols; c++) {
                dweight[c] += dy_r[c] * (x_r[c] - m) * s;
                dbias[c] += dy_r[c];
            }
        }
#pragma omp simd reduction(+ : sum, sum_h)
        for (isize c = 0; c < cols; c++) {
            sum += dy_r[c] * weight[c];
            sum_h += dy_r[c] * weight[c] * (x_r[c] - m) * s;
        }
        sum /= (vt_real)cols;
        sum_h /= (vt_real)cols;
#pragma omp simd
        for (isize c = 0; c < cols; c++)
            dx_r[c] = s * (dy_r[c] * weight[c] - sum - (x_r[c] - m) * s * sum_h);
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

static void adamw(vt_real *value, vt_real *m, vt_real *v, const vt_real *grad, isize n,
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

const vt_kernels NAME(vt_kernels_, VT_ISA) = {
    .name = STRING(VT_ISA),
    .gelu_forward = gelu_forward,
    .gelu_backward = gelu_backward,
    .softmax_row = softmax_row,
    .softmax_row_backward = softmax_row_backward,
    .norm_forward = norm_forward,
    .norm_backward = norm_backward,
    .add = add,
    .fill_rows = fill_rows,
    .add_rows = add_rows,
    .sum_rows = sum_rows,
    .squared_error = squared_error,
    .sum_squares = sum_squares,
    .adamw = adamw,
    .attention_forward = NAME(vt_attention_forward_, VT_ISA),
    .attention_backward = NAME(vt_attention_backward_, VT_ISA),
};
