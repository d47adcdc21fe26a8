/* stats/moments.h - mean and spread of a few values, such as one loss a seed.
 *
 * Pure functions. The interval is Student's, for values that scatter normally about one mean.
 */
#ifndef LAB_MOMENTS_H
#define LAB_MOMENTS_H
#include "stats/distribution.h"
#include <stddef.h>

typedef struct {
    ptrdiff_t n;
    double mean;    /* 0 where n is 0 */
    double squares; /* sum of squares about the mean; exactly 0 for equal values */
} lab_moments;      /* {0} holds none */

/* One finite value more. */
void lab_moments_add(lab_moments *moments, double value);
lab_moments lab_moments_of(const double *values, ptrdiff_t n);

/* Standard deviation, with n - 1 degrees of freedom; NaN where n is below 2. */
double lab_moments_sd(const lab_moments *moments);

/* Of the mean, confidence such as 0.95; NaN where n is below 2. */
lab_interval lab_moments_interval(const lab_moments *moments, double confidence);
#endif
