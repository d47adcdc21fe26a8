/* stats/mean.h - mean and spread of a few values, such as one loss a seed.
 *
 * Pure functions. The interval is Student's, for values that scatter normally about one mean.
 */
#ifndef LAB_MEAN_H
#define LAB_MEAN_H
#include "stats/distribution.h"
#include <stddef.h>

typedef struct {
    ptrdiff_t n;
    double mean;    /* 0 where n is 0 */
    double squares; /* sum of squares about the mean; exactly 0 for equal values */
} lab_mean;         /* {0} holds none */

/* One finite value more. */
void lab_mean_add(lab_mean *sample, double value);
lab_mean lab_mean_of(const double *values, ptrdiff_t n);

/* Standard deviation, with n - 1 degrees of freedom; NaN where n is below 2. */
double lab_mean_sd(const lab_mean *sample);

/* Of the mean, confidence such as 0.95; NaN where n is below 2. */
lab_interval lab_mean_interval(const lab_mean *sample, double confidence);
#endif
