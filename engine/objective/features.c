#include "objective/features.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

vt_features vt_features_plan(isize B, isize C, vt_arena *arena)
{
    return (vt_features){.rows = VT_TAKE(arena, vt_real, B * C), .C = C};
}

void vt_features_keep(const vt_features *f, isize image, const vt_real *rows, isize count)
{
    vt_real *mean = f->rows + image * f->C;
    memset(mean, 0, (size_t)f->C * sizeof *mean);
    vt_kernels_now()->sum_rows(mean, rows, count, f->C);
    for (isize c = 0; count > 0 && c < f->C; c++) mean[c] /= (vt_real)count;
}

double vt_features_std(const vt_features *f, isize B)
{
    const vt_kernels *kernels = vt_kernels_now();
    double variance = 0;
    for (isize c = 0; c < f->C; c++) {
        double sum = 0, squares = 0;
        for (isize b = 0; b < B; b++) {
            const vt_real *row = f->rows + b * f->C;
            double x = (double)row[c] / fmax(sqrt(kernels->sum_squares(row, f->C)), 1e-12);
            sum += x;
            squares += x * x;
        }
        double mean = sum / (double)B;
        variance += squares / (double)B - mean * mean;
    }
    return sqrt(fmax(variance, 0));
}
