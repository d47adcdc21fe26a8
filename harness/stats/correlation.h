/* stats/correlation.h - how far two columns go together, and how sure that is.
 *
 * Pearson's r of the values and Spearman's rho of their ranks (ties share their mean rank), each
 * with an interval. Fisher's interval of r supposes two normal columns: approximate. The bootstrap
 * draws pairs with replacement (stats/resample.h). Nothing here says what causes what, nor that
 * one line describes all x: see lab_correlation_partial.
 */
#ifndef LAB_CORRELATION_H
#define LAB_CORRELATION_H
#include "stats/distribution.h"
#include <stddef.h>
#include <stdint.h>

typedef struct {
    double pearson, spearman; /* in [-1, 1]; NaN where reason is set */
    lab_interval pearson_fisher;
    lab_interval
        pearson_bootstrap; /* NaN below LAB_RESAMPLE_MIN pairs, and where |r| is 1: every */
    lab_interval spearman_bootstrap; /* draw of a perfect order is perfect, so it has no width */
    const char *reason;              /* why there is no correlation, or NULL */
} lab_correlation;

/* Doubles of workspace that lab_correlation_compute needs for n pairs. */
ptrdiff_t lab_correlation_work(ptrdiff_t n);

/* n pairs (x[i], y[i]), all finite; confidence such as 0.95. Sets reason (and NaN) for fewer than
 * 3 pairs, a column without spread, or a value that is not finite. work holds
 * lab_correlation_work(n) doubles of the caller, left with rubbish. */
void lab_correlation_compute(lab_correlation *out, const double *x, const double *y, ptrdiff_t n,
                             double confidence, uint64_t seed, double *work);

/* Ranks from 1, ties sharing their mean rank; work holds n doubles. */
void lab_correlation_ranks(double *ranks, const double *x, ptrdiff_t n, double *work);

/* Pearson's r of n pairs, NaN where a column has no spread; exactly 1 or -1 within rounding. */
double lab_correlation_pearson(const double *x, const double *y, ptrdiff_t n);

/* By how much y rises when x does by one, on the line of least squares; NaN where x has no spread.
 */
double lab_correlation_slope(const double *x, const double *y, ptrdiff_t n);

/* The correlation of x and y with the linear effect of z taken out of both, from the three plain
 * ones; NaN where x or y is a line of z. */
double lab_correlation_partial(double r_xy, double r_xz, double r_yz);
#endif
