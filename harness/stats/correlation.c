#include "stats/correlation.h"
#include "stats/resample.h"
#include <math.h>
#include <string.h>

/* Sums round: what is this near to 1 is a perfect line. */
static const double PERFECT = 1 - 1e-12;

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

/* Which group of ties a rank belongs to, in 1 .. n. */
static ptrdiff_t group(double rank)
{
    return (ptrdiff_t)rank;
}

void lab_correlation_rerank(double *ranks, const double *once, const double *times, ptrdiff_t n,
                            double *work)
{
    double before = 0;
    for (ptrdiff_t g = 0; g <= n; g++) work[g] = 0;
    for (ptrdiff_t i = 0; i < n; i++) work[group(once[i])] += times[i];
    for (ptrdiff_t g = 0; g <= n; g++) {
        double here = work[g];
        work[g] = before + (here + 1) / 2; /* mean of before+1 .. before+here */
        before += here;
    }
    for (ptrdiff_t i = 0; i < n; i++) ranks[i] = work[group(once[i])];
}

typedef struct {
    double xx, yy, xy; /* sums of products about the means */
    int spread_x, spread_y;
} moments;

static moments moments_of(const double *x, const double *y, const double *times, ptrdiff_t n)
{
    double mean_x = 0, mean_y = 0, count = 0;
    ptrdiff_t first = -1;
    moments m = {0};
    for (ptrdiff_t i = 0; i < n; i++) {
        double here = times ? times[i] : 1;
        if (!(here > 0)) continue;
        if (first < 0) first = i;
        count += here;
        mean_x += (x[i] - mean_x) * here / count;
        mean_y += (y[i] - mean_y) * here / count;
    }
    for (ptrdiff_t i = 0; i < n; i++) {
        double here = times ? times[i] : 1;
        if (!(here > 0)) continue;
        double dx = x[i] - mean_x, dy = y[i] - mean_y;
        m.xx += here * dx * dx;
        m.yy += here * dy * dy;
        m.xy += here * dx * dy;
        /* Equal values can miss their mean by a rounding: only different ones are spread. */
        m.spread_x |= x[i] < x[first] || x[i] > x[first];
        m.spread_y |= y[i] < y[first] || y[i] > y[first];
    }
    return m;
}

double lab_correlation_pearson(const double *x, const double *y, const double *times, ptrdiff_t n)
{
    moments m = moments_of(x, y, times, n);
    if (!m.spread_x || !m.spread_y) return (double)NAN;
    double r = m.xy / (sqrt(m.xx) * sqrt(m.yy));
    return fabs(r) > PERFECT ? copysign(1, r) : r;
}

double lab_correlation_slope(const double *x, const double *y, ptrdiff_t n)
{
    moments m = moments_of(x, y, NULL, n);
    return m.spread_x ? m.xy / m.xx : (double)NAN;
}

double lab_correlation_partial(double r_xy, double r_xz, double r_yz)
{
    double rest = (1 - r_xz * r_xz) * (1 - r_yz * r_yz);
    if (!(rest > 0)) return (double)NAN;
    return fmax(-1, fmin(1, (r_xy - r_xz * r_yz) / sqrt(rest))); /* it can round past them */
}

/* ---- Kendall ---- */

/* A Fenwick tree over groups 1 .. n: sums[g] holds those of the last (g & -g) groups up to g. */
static void tree_add(double *sums, ptrdiff_t n, ptrdiff_t g, double count)
{
    for (; g <= n; g += g & -g) sums[g] += count;
}

/* How many stand in groups 1 .. g. */
static double tree_upto(const double *sums, ptrdiff_t g)
{
    double sum = 0;
    for (; g > 0; g &= g - 1) sum += sums[g];
    return sum;
}

/* Pairs of rows among count. */
static double pairs(double count)
{
    return count * (count - 1) / 2;
}

/* Rows by x: the y ranks and counts of group g of x end before ends[g], and begin where those of
 * g - 1 end. */
static void by_x(double *ends, double *rank, double *count, const double *rank_x,
                 const double *rank_y, const double *times, ptrdiff_t n)
{
    for (ptrdiff_t g = 0; g <= n; g++) ends[g] = 0;
    for (ptrdiff_t i = 0; i < n; i++) ends[group(rank_x[i])]++;
    double before = 0;
    for (ptrdiff_t g = 0; g <= n; g++) {
        before += ends[g];
        ends[g] = before - ends[g]; /* where it begins, until its rows stand there */
    }
    for (ptrdiff_t i = 0; i < n; i++) {
        ptrdiff_t at = (ptrdiff_t)ends[group(rank_x[i])]++;
        rank[at] = rank_y[i];
        count[at] = times ? times[i] : 1;
    }
}

ptrdiff_t lab_correlation_kendall_work(ptrdiff_t n)
{
    return 4 * n + 2;
}

double lab_correlation_kendall(const double *rank_x, const double *rank_y, const double *times,
                               ptrdiff_t n, double *work)
{
    double *ends = work, *tree = work + n + 1, *rank = tree + n + 1, *count = rank + n;
    double seen = 0, agree = 0, tied_x = 0, tied_y = 0;
    by_x(ends, rank, count, rank_x, rank_y, times, n);
    for (ptrdiff_t g = 0; g <= n; g++) tree[g] = 0;
    for (ptrdiff_t g = 1, first = 0, end; g <= n; g++, first = end) {
        double here = 0;
        end = (ptrdiff_t)ends[g];
        for (ptrdiff_t i = first; i < end; i++) {
            double below = tree_upto(tree, group(rank[i]) - 1);
            double above = seen - tree_upto(tree, group(rank[i]));
            agree += count[i] * (below - above);
            here += count[i];
        }
        for (ptrdiff_t i = first; i < end; i++) tree_add(tree, n, group(rank[i]), count[i]);
        seen += here;
        tied_x += pairs(here);
    }
    for (ptrdiff_t g = 1; g <= n; g++) tied_y += pairs(tree_upto(tree, g) - tree_upto(tree, g - 1));
    double apart = (pairs(seen) - tied_x) * (pairs(seen) - tied_y);
    return apart > 0 ? agree / sqrt(apart) : (double)NAN;
}
