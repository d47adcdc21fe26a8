/* law/checked.h - what single checks of law/checks.h see, and how they answer. */
#ifndef LAB_CHECKED_H
#define LAB_CHECKED_H
#include "law/checks.h"

/* Rows with weight alone, in their order. */
typedef struct {
    const lab_checks_given *given;
    isize n;
    const isize *row;   /* [n] their indices in the data */
    const double *rest; /* [n] residuals, as data has them */
    double *work;       /* [4 n], left with rubbish */
} lab_checked;

typedef void lab_check_function(lab_check *out, const lab_checked *of);

/* Of the rows: where they lie, what they leave, how they were made. */
lab_check_function lab_check_levels, lab_check_design, lab_check_range, lab_check_extrapolation,
    lab_check_trend_columns, lab_check_trend_compute, lab_check_trend_ratio, lab_check_seeds,
    lab_check_decay, lab_check_protocol;
/* Of the fit. */
lab_check_function lab_check_rows, lab_check_condition, lab_check_bounds, lab_check_plausible,
    lab_check_basins, lab_check_starts, lab_check_approaches, lab_check_outliers;

/* Begins a verdict's sentence, and adds to it; what does not fit is left out. */
void lab_check_say(lab_check *out, bool failed, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void lab_check_add(lab_check *out, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lab_check_lacks(lab_check *out, const char *what);
/* The same, but failed where only so many rows lack it, others have it, and none are checked. */
void lab_check_lacks_of(lab_check *out, const lab_checked *of, isize missing, const char *what);
#endif
