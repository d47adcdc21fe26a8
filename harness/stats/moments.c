#include "stats/moments.h"
#include <math.h>

void lab_moments_add(lab_moments *moments, double value)
{
    double from = value - moments->mean; /* Welford, Technometrics 4, 1962 */
    moments->n++;
    moments->mean += from / (double)moments->n;
    moments->squares += from * (value - moments->mean);
}

lab_moments lab_moments_of(const double *values, ptrdiff_t n)
{
    lab_moments moments = {0};
    for (ptrdiff_t i = 0; i < n; i++) lab_moments_add(&moments, values[i]);
    return moments;
}

double lab_moments_sd(const lab_moments *moments)
{
    return moments->n < 2 ? (double)NAN : sqrt(moments->squares / (double)(moments->n - 1));
}

lab_interval lab_moments_interval(const lab_moments *moments, double confidence)
{
    double n = (double)moments->n;
    return lab_student_interval(moments->mean, lab_moments_sd(moments) / sqrt(n), n - 1,
                                confidence);
}
