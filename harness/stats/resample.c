#include "stats/resample.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static int ascending(const void *a, const void *b)
{
    double left, right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return (left > right) - (left < right);
}

void lab_resample_sort(double *values, ptrdiff_t n)
{
    if (n > 1) qsort(values, (size_t)n, sizeof *values, ascending);
}

double lab_resample_quantile(const double *sorted, ptrdiff_t n, double p)
{
    double place = p * (double)(n - 1);
    ptrdiff_t below = (ptrdiff_t)place;
    ptrdiff_t above = below + 1 < n ? below + 1 : below;
    return sorted[below] + (place - (double)below) * (sorted[above] - sorted[below]);
}

/* The splitmix64 finaliser over a counter. */
static uint64_t mix(uint64_t x)
{
    x += UINT64_C(0x9E3779B97F4A7C15);
    x = (x ^ (x >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    x = (x ^ (x >> 27)) * UINT64_C(0x94D049BB133111EB);
    return x ^ (x >> 31);
}

ptrdiff_t lab_resample_drawn(uint64_t seed, uint64_t draw, uint64_t place, ptrdiff_t n)
{
    uint64_t bits = mix(mix(mix(seed) + draw) + place);
    return (ptrdiff_t)((double)(bits >> 11) * 0x1p-53 * (double)n);
}

void lab_resample_times(double *times, ptrdiff_t n, uint64_t seed, uint64_t draw)
{
    for (ptrdiff_t i = 0; i < n; i++) times[i] = 0;
    for (ptrdiff_t i = 0; i < n; i++) times[lab_resample_drawn(seed, draw, (uint64_t)i, n)]++;
}

double lab_resample_mean(const double *sorted, ptrdiff_t n, uint64_t seed, uint64_t draw)
{
    double mean = 0;
    for (ptrdiff_t i = 0; i < n; i++) {
        double value = sorted[lab_resample_drawn(seed, draw, (uint64_t)i, n)];
        mean += (value - mean) / (double)(i + 1);
    }
    return mean;
}

lab_interval lab_resample_percentiles(double *draws, ptrdiff_t count, double confidence)
{
    lab_resample_sort(draws, count);
    return (lab_interval){lab_resample_quantile(draws, count, (1 - confidence) / 2),
                          lab_resample_quantile(draws, count, (1 + confidence) / 2)};
}
