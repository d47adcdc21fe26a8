#include "stats/correlation.h"
#include "stats/resample.h"
#include <math.h>
#include <string.h>

/* Sums round: what is this near to 1 is a perfect line. */
static const double PERFECT = 1 - 1e-12;
static const lab_interval NO_INTERVAL = {(double)NAN, (double)NAN};

/* First place in sorted[0..n) that is not below value. */
static ptrdiff_t lower_bound(const double *sorted, ptrdiff_t n, double value)
{
    ptrdiff_t low = 0;
    while (n > 0) {
        ptrdiff_t half = n / 2;
        if (sorted[low + half] < value) {
            low += half + 1;
            n -= half + 1;
        } else {
            n = half;
        }
    }
    return low;
}

void lab_correlation_ranks(double *ranks, const double *x, ptrdiff_t n, double *work)
{
    memcpy(work, x, (size_t)n * sizeof *work);
    lab_resample_sort(work, n);
    for (ptrdiff_t i = 0; i < n; i++) {
        ptrdiff_t first = lower_bound(work, n, x[i]);
        ptrdiff_t end = first + lower_bound(work + first, n - first, nextafter(x[i], HUGE_VAL));
        ranks[i] = (double)(first + 1 + end) / 2; /* mean of first+1 .. end */
    }
}

typedef struct {
    double xx, yy, xy; /* sums of products about the means */
    int spread_x, spread_y;
} moments;

static moments moments_of(const double *x, const double *y, ptrdiff_t n)
{
    double mean_x = 0, mean_y = 0;
    moments m = {0};
    for (ptrdiff_t i = 0; i < n; i++) {
        mean_x += (x[i] - mean_x) / (double)(i + 1);
        mean_y += (y[i] - mean_y) / (double)(i + 1);
    }
    for (ptrdiff_t i = 0; i < n; i++) {
        double dx = x[i] - mean_x, dy = y[i] - mean_y;
        m.xx += dx * dx;
        m.yy += dy * dy;
        m.xy += dx * dy;
        /* Equal values can miss their mean by a rounding: only different ones are spread. */
        m.spread_x |= x[i] < x[0] || x[i] > x[0];
        m.spread_y |= y[i] < y[0] || y[i] > y[0];
    }
    return m;
}

double lab_correlation_pearson(const double *x, const double *y, ptrdiff_t n)
{
    moments m = moments_of(x, y, n);
    if (!m.spread_x || !m.spread_y) return (double)NAN;
    double r = m.xy / (sqrt(m.xx) * sqrt(m.yy));
    return fabs(r) > PERFECT ? copysign(1, r) : r;
}

double lab_correlation_slope(const double *x, const double *y, ptrdiff_t n)
{
    moments m = moments_of(x, y, n);
    return m.spread_x ? m.xy / m.xx : (double)NAN;
}

double lab_correlation_partial(double r_xy, double r_xz, double r_yz)
{
    double rest = (1 - r_xz * r_xz) * (1 - r_yz * r_yz);
    return rest > 0 ? (r_xy - r_xz * r_yz) / sqrt(rest) : (double)NAN;
}

/* Percentiles of r over draws of the n pairs, without the draws that have no spread. */
static lab_interval bootstrap(const double *x, const double *y, ptrdiff_t n, double confidence,
                              uint64_t seed, int by_rank, double *work)
{
    double *draw_x = work, *draw_y = work + n, *rank_x = work + 2 * n, *rank_y = work + 3 * n;
    double *sorted = work + 4 * n, *values = work + 5 * n;
    ptrdiff_t used = 0;
    for (uint64_t draw = 0; draw < LAB_RESAMPLE_DRAWS; draw++) {
        for (ptrdiff_t i = 0; i < n; i++) {
            ptrdiff_t from = lab_resample_drawn(seed, draw, (uint64_t)i, n);
            draw_x[i] = x[from];
            draw_y[i] = y[from];
        }
        if (by_rank) {
            lab_correlation_ranks(rank_x, draw_x, n, sorted);
            lab_correlation_ranks(rank_y, draw_y, n, sorted);
        }
        double r = by_rank ? lab_correlation_pearson(rank_x, rank_y, n)
                           : lab_correlation_pearson(draw_x, draw_y, n);
        if (isfinite(r)) values[used++] = r;
    }
    return used ? lab_resample_percentiles(values, used, confidence) : NO_INTERVAL;
}

static lab_interval fisher(double r, ptrdiff_t n, double confidence)
{
    if (n < 4 || fabs(r) >= 1) return NO_INTERVAL;
    double half = lab_normal_quantile(0.5 + confidence / 2) / sqrt((double)(n - 3));
    return (lab_interval){tanh(atanh(r) - half), tanh(atanh(r) + half)};
}

ptrdiff_t lab_correlation_work(ptrdiff_t n)
{
    return 7 * n + LAB_RESAMPLE_DRAWS;
}

static const char *refused(const double *x, const double *y, ptrdiff_t n)
{
    if (n < 3) return "fewer than 3 pairs";
    for (ptrdiff_t i = 0; i < n; i++)
        if (!isfinite(x[i]) || !isfinite(y[i])) return "a value is not finite";
    return isnan(lab_correlation_pearson(x, y, n)) ? "a column has no spread" : NULL;
}

void lab_correlation_compute(lab_correlation *out, const double *x, const double *y, ptrdiff_t n,
                             double confidence, uint64_t seed, double *work)
{
    *out = (lab_correlation){.pearson = (double)NAN,
                             .spearman = (double)NAN,
                             .pearson_fisher = NO_INTERVAL,
                             .pearson_bootstrap = NO_INTERVAL,
                             .spearman_bootstrap = NO_INTERVAL,
                             .reason = refused(x, y, n)};
    if (out->reason) return;
    double *rank_x = work, *rank_y = work + n, *rest = work + 2 * n;
    lab_correlation_ranks(rank_x, x, n, rest);
    lab_correlation_ranks(rank_y, y, n, rest);
    out->pearson = lab_correlation_pearson(x, y, n);
    out->spearman = lab_correlation_pearson(rank_x, rank_y, n);
    out->pearson_fisher = fisher(out->pearson, n, confidence);
    if (n < LAB_RESAMPLE_MIN) return;
    if (fabs(out->spearman) < 1)
        out->spearman_bootstrap = bootstrap(x, y, n, confidence, seed, 1, rest);
    if (fabs(out->pearson) < 1)
        out->pearson_bootstrap = bootstrap(x, y, n, confidence, seed, 0, rest);
}
