#include "stats/mean.h"
#include <math.h>

void lab_mean_add(lab_mean *sample, double value)
{
    double from = value - sample->mean; /* Welford, Technometrics 4, 1962 */
    sample->n++;
    sample->mean += from / (double)sample->n;
    sample->squares += from * (value - sample->mean);
}

lab_mean lab_mean_of(const double *values, ptrdiff_t n)
{
    lab_mean sample = {0};
    for (ptrdiff_t i = 0; i < n; i++) lab_mean_add(&sample, values[i]);
    return sample;
}

double lab_mean_sd(const lab_mean *sample)
{
    return sample->n < 2 ? (double)NAN : sqrt(sample->squares / (double)(sample->n - 1));
}

lab_interval lab_mean_interval(const lab_mean *sample, double confidence)
{
    double n = (double)sample->n;
    return lab_student_interval(sample->mean, lab_mean_sd(sample) / sqrt(n), n - 1, confidence);
}
