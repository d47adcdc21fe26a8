#include "study/factor.h"
#include <math.h>
#include <string.h>

void lab_factor_take(lab_factor *factor, double n, double d, double compute)
{
    const double k = compute / (n * d);
    if (!(k > 0) || !isfinite(k)) return;
    const bool first = factor->rows++ == 0;
    factor->low = first ? k : fmin(factor->low, k);
    factor->high = first ? k : fmax(factor->high, k);
    factor->factor =
        first ? k : factor->factor * exp(log(k / factor->factor) / (double)factor->rows);
}

lab_factor lab_factor_of(const lab_sample *sample)
{
    lab_factor factor = {0};
    const lab_law *law = sample->law;
    if (law->columns != 2 || strcmp(law->column[0], "N") != 0) return factor;
    for (isize i = 0; i < sample->used; i++)
        lab_factor_take(&factor, sample->rows[i].x[0], sample->rows[i].x[1],
                        sample->rows[i].compute);
    return factor;
}
