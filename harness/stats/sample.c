#include "stats/sample.h"
#include <math.h>

void lab_sample_add(lab_sample *sample, double value)
{
    double from = value - sample->mean; /* Welford, Technometrics 4, 1962 */
    sample->n++;
    sample->mean += from / (double)sample->n;
    sample->squares += from * (value - sample->mean);
}

lab_sample lab_sample_of(const double *values, ptrdiff_t n)
{
    lab_sample sample = {0};
    for (ptrdiff_t i = 0; i < n; i++) lab_sample_add(&sample, values[i]);
    return sample;
}

double lab_sample_sd(const lab_sample *sample)
{
    return sample->n < 2 ? (double)NAN : sqrt(sample->squares / (double)(sample->n - 1));
}

lab_interval lab_sample_interval(const lab_sample *sample, double confidence)
{
    double n = (double)sample->n;
    return lab_student_interval(sample->mean, lab_sample_sd(sample) / sqrt(n), n - 1, confidence);
}
