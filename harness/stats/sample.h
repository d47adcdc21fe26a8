/* stats/sample.h - mean and spread of a few values, such as one loss a seed.
 *
 * Pure functions. The interval is Student's, for values that scatter normally about one mean.
 */
#ifndef LAB_SAMPLE_H
#define LAB_SAMPLE_H
#include "stats/distribution.h"
#include <stddef.h>

typedef struct {
    ptrdiff_t n;
    double mean;    /* 0 where n is 0 */
    double squares; /* sum of squares about the mean; exactly 0 for equal values */
} lab_sample;       /* {0} holds none */

/* One finite value more. */
void lab_sample_add(lab_sample *sample, double value);
lab_sample lab_sample_of(const double *values, ptrdiff_t n);

/* Standard deviation, with n - 1 degrees of freedom; NaN where n is below 2. */
double lab_sample_sd(const lab_sample *sample);

/* Of the mean, confidence such as 0.95; NaN where n is below 2. */
lab_interval lab_sample_interval(const lab_sample *sample, double confidence);
#endif
