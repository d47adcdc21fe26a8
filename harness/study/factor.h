/* study/factor.h - k of C = k N D: what a pass over one patch costs for each parameter. */
#ifndef LAB_FACTOR_H
#define LAB_FACTOR_H
#include "study/sample.h"

/* C / (N D) of the runs that have all three: their geometric mean, and how far they lie apart. */
typedef struct {
    double factor, low, high; /* 0 where rows is 0 */
    isize rows;
} lab_factor;

/* One more run, unless one of the three is none or not above 0. */
void lab_factor_take(lab_factor *factor, double n, double d, double compute);
/* Of the rows that are used. A law without N and D has none. */
lab_factor lab_factor_of(const lab_sample *sample);
#endif
