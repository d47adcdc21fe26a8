#include "codes/codes.h"
#include "base/profile.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <string.h>

void vt_points_offsets(vt_real *offsets, const vt_real *points, isize K, isize D)
{
    for (isize k = 0; k < K; k++)
        offsets[k] = (vt_real)(-0.5 * vt_kernels_now()->sum_squares(points + k * D, D));
}

void vt_nearest(int32_t *codes, const vt_points *points, const vt_real *x, isize N,
                vt_real *scratch)
{
    const vt_kernels *kernels = vt_kernels_now();
    isize K = points->K, D = points->D;
    for (isize from = 0; from < N; from += VT_CODES_BLOCK) {
        isize rows = vt_min(N - from, VT_CODES_BLOCK);
        vt_factor factor_x = {x + from * D, D, VT_N}, factor_points = {points->values, D, VT_T};
        int64_t since = vt_profile_from();
        vt_gemm_on_row(scratch, K, (vt_extent){rows, K, D}, factor_x, factor_points,
                       points->offsets);
        vt_profile_add(VT_PART_GEMM_FORWARD, since, 2 * rows * K * D, 0);
        for (isize r = 0; r < rows; r++)
            codes[from + r] = (int32_t)kernels->greatest(scratch + r * K, K);
    }
}

static double squared_distance(const vt_real *a, const vt_real *b, isize D)
{
    double sum = 0;
    for (isize i = 0; i < D; i++)
        sum += ((double)a[i] - (double)b[i]) * ((double)a[i] - (double)b[i]);
    return sum;
}

void vt_nearest_reference(int32_t *codes, const vt_points *points, const vt_real *x, isize N)
{
    isize D = points->D;
    for (isize r = 0; r < N; r++) {
        double least = squared_distance(x + r * D, points->values, D);
        codes[r] = 0;
        for (isize k = 1; k < points->K; k++) {
            double distance = squared_distance(x + r * D, points->values + k * D, D);
            if (!(distance < least)) continue;
            least = distance;
            codes[r] = (int32_t)k;
        }
    }
}

void vt_rows_by_code(int32_t *order, int32_t *first, const int32_t *codes, isize n, isize K)
{
    memset(first, 0, (size_t)(K + 1) * sizeof *first);
    for (isize r = 0; r < n; r++) first[codes[r] + 1]++;
    for (isize k = 0; k < K; k++) first[k + 1] += first[k];
    for (isize r = 0; r < n; r++) order[first[codes[r]]++] = (int32_t)r;
    /* Each first now stands where the next one began. */
    memmove(first + 1, first, (size_t)K * sizeof *first);
    first[0] = 0;
}

vt_codes_use vt_codes_use_of(const int32_t *first, isize K)
{
    vt_codes_use use = {0};
    double entropy = 0, all = first[K];
    for (isize k = 0; k < K; k++) {
        double share = (first[k + 1] - first[k]) / all;
        if (!(share > 0)) continue;
        use.used++;
        entropy -= share * log(share);
    }
    use.perplexity = exp(entropy);
    return use;
}
