/* BatchNorm without affine parameters, ahead of a probe's classifier. */
#include "model/probe_internal.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

static const double NORM_EPS = 1e-6, NORM_MOMENTUM = 0.1;

enum { CHUNK_ROWS = 64 }; /* summed in vt_real before a double takes over */

/* mean, rstd of x [rows, D], and the running statistics' step towards them. */
static void measure(vt_bank *bank, const vt_real *x, isize rows)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize width = bank->options.width;
    vt_real *chunk = bank->chunk, *mean = bank->mean;
    double *sums = bank->sums;
    memset(sums, 0, (size_t)width * sizeof *sums);
    for (isize r = 0; r < rows; r += CHUNK_ROWS) {
        memset(chunk, 0, (size_t)width * sizeof *chunk);
        kernels->sum_rows(chunk, x + r * width, vt_min(CHUNK_ROWS, rows - r), width);
        for (isize c = 0; c < width; c++) sums[c] += (double)chunk[c];
    }
    for (isize c = 0; c < width; c++) mean[c] = (vt_real)(sums[c] / (double)rows);
    memset(sums, 0, (size_t)width * sizeof *sums);
    for (isize first = 0; first < rows; first += CHUNK_ROWS) {
        memset(chunk, 0, (size_t)width * sizeof *chunk);
        for (isize r = first; r < vt_min(first + CHUNK_ROWS, rows); r++) {
            const vt_real *x_r = x + r * width;
            for (isize c = 0; c < width; c++) chunk[c] += (x_r[c] - mean[c]) * (x_r[c] - mean[c]);
        }
        for (isize c = 0; c < width; c++) sums[c] += (double)chunk[c];
    }
    double others = rows > 1 ? (double)(rows - 1) : 1;
    for (isize c = 0; c < width; c++) {
        double running_mean = (double)bank->running_mean[c], step = NORM_MOMENTUM;
        double running_var = (double)bank->running_var[c];
        bank->rstd[c] = (vt_real)(1 / sqrt(sums[c] / (double)rows + NORM_EPS));
        bank->running_mean[c] = (vt_real)((1 - step) * running_mean + step * (double)mean[c]);
        bank->running_var[c] = (vt_real)((1 - step) * running_var + step * sums[c] / others);
    }
}

void vt_probe_statistics(vt_bank *bank, const vt_real *x, isize rows, vt_bank_mode mode)
{
    if (!bank->options.normalise) return;
    if (mode == VT_BANK_TRAIN) {
        measure(bank, x, rows);
        return;
    }
    for (isize c = 0; c < bank->options.width; c++) {
        bank->mean[c] = bank->running_mean[c];
        bank->rstd[c] = (vt_real)(1 / sqrt((double)bank->running_var[c] + NORM_EPS));
    }
}

void vt_probe_normalise(vt_bank *bank, vt_real *rows_data, isize rows)
{
    isize width = bank->options.width;
    const vt_real *restrict mean = bank->mean, *restrict rstd = bank->rstd;
    for (isize r = 0; r < rows; r++) {
        vt_real *restrict row = rows_data + r * width;
        for (isize c = 0; c < width; c++) row[c] = (row[c] - mean[c]) * rstd[c];
    }
}

void vt_probe_scale(vt_bank *bank, vt_real *rows_data, isize rows, vt_real scale)
{
    isize width = bank->options.width;
    const vt_real *restrict rstd = bank->rstd;
    for (isize r = 0; r < rows; r++) {
        vt_real *restrict row = rows_data + r * width;
        for (isize c = 0; c < width; c++) row[c] *= rstd[c] * scale;
    }
}

/* Takes out of dx what the statistics do not let through: with y the normalised x,
 *   y = (x - mean) rstd, so dx = rstd (dy - mean of dy - y mean of (dy y)), and dx holds rstd dy */
void vt_probe_through_statistics(vt_bank *bank, const vt_real *x, isize rows, vt_real *dx)
{
    isize width = bank->options.width;
    double *shift = bank->sums, *along = bank->sums + width, count = (double)rows;
    memset(bank->sums, 0, (size_t)(2 * width) * sizeof *bank->sums);
    for (isize i = 0; i < rows * width; i++) {
        isize c = i % width;
        shift[c] += (double)dx[i];
        along[c] += (double)(dx[i] * (x[i] - bank->mean[c]) * bank->rstd[c]);
    }
    for (isize i = 0; i < rows * width; i++) {
        isize c = i % width;
        vt_real y = (x[i] - bank->mean[c]) * bank->rstd[c];
        dx[i] -= (vt_real)(shift[c] / count) + y * (vt_real)(along[c] / count);
    }
}
