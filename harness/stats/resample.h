/* stats/resample.h - quantiles of a sample, and intervals by drawing from it again.
 *
 * Pure functions. The bootstrap's random numbers are a function of (seed, draw, place) alone
 * (splitmix64 over a counter), so the same sample gives the same digits everywhere.
 */
#ifndef LAB_RESAMPLE_H
#define LAB_RESAMPLE_H
#include "stats/distribution.h"
#include <stddef.h>
#include <stdint.h>

enum {
    LAB_RESAMPLE_DRAWS = 2000, /* of a bootstrap */
    LAB_RESAMPLE_MIN = 5       /* values: fewer give no interval, their draws differ too little */
};

/* Sorts finite values in place, ascending. */
void lab_resample_sort(double *values, ptrdiff_t n);

/* The p-quantile of n >= 1 sorted values, 0 <= p <= 1: linear between the two neighbours of place
 * p (n - 1), the definition 7 of Hyndman and Fan. */
double lab_resample_quantile(const double *sorted, ptrdiff_t n, double p);

/* Which of n items stands at that place of that draw. */
ptrdiff_t lab_resample_drawn(uint64_t seed, uint64_t draw, uint64_t place, ptrdiff_t n);

/* How often each of n items stands in that draw of n. */
void lab_resample_times(double *times, ptrdiff_t n, uint64_t seed, uint64_t draw);

/* The mean of that draw of n >= 1 values; they are sorted, lest it depend on their order. */
double lab_resample_mean(const double *sorted, ptrdiff_t n, uint64_t seed, uint64_t draw);

/* The two quantiles that hold confidence of the draws between them; sorts them. */
lab_interval lab_resample_percentiles(double *draws, ptrdiff_t count, double confidence);
#endif
