/* stats/power_law.h - y = a x^b, a straight line in log-log, by least squares.
 *
 * Residuals are taken in natural log y, all with one variance. The intervals are Student's with
 * n - 2 degrees of freedom and speak of the mean line only: a new point scatters more, and that
 * the law is another one (a floor under y, say) is in neither.
 */
#ifndef LAB_POWER_LAW_H
#define LAB_POWER_LAW_H
#include "stats/distribution.h"
#include <stddef.h>

typedef struct {
    ptrdiff_t n;
    double a, b;             /* y = a x^b */
    double b_se;             /* standard error of b */
    lab_interval b_interval; /* of b, at confidence */
    double r2;               /* share of the variance of log y that the line takes */
    double residual_sd;      /* of log y about the line, n - 2 degrees of freedom */
    double decades;          /* log10 of largest over smallest x */
    double confidence;
    double log_x_mean, log_y_mean, log_x_spread; /* mean, mean, sum of squares about it */
    const char *reason; /* why there is no fit, or NULL; all reals are NaN then */
} lab_power_law;

/* Fits n pairs. Refuses, with a reason: fewer than 3 points, a value that is not finite and
 * positive, fewer than 2 distinct x. */
void lab_power_law_fit(lab_power_law *out, const double *x, const double *y, ptrdiff_t n,
                       double confidence);

/* The line at x > 0, and the confidence interval of the mean line there in *band. NaN where law
 * is no fit. */
double lab_power_law_at(const lab_power_law *law, double x, lab_interval *band);
#endif
