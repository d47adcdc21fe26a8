/* Compiled once for each instruction set (see the Makefile). */
#include "ops/norm_rows.h"
#include "base/isa.h"
#include "ops/simd.h"

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

void VT_ISA_OWN(vt_norm_rows_apply)(vt_real *y, const vt_real *x, const vt_real *mean,
                                    const vt_real *rstd, const vt_norm_shape *shape)
{
    isize cols = shape->cols;
    for (isize r = 0; r < shape->rows; r++)
        norm_apply_row(y + r * cols, x + r * cols, mean[r], rstd[r], shape);
}

void VT_ISA_OWN(vt_norm_rows_forward)(vt_real *y, vt_real *mean, vt_real *rstd, const vt_real *x,
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

void VT_ISA_OWN(vt_norm_rows_backward)(vt_real *dx, vt_real *dweight_dbias[2], const vt_real *dy,
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
