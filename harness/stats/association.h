/* stats/association.h - whether x and y go together, how sure that is, and what is left of it once
 * a third column is taken into account: loss and accuracy, given log compute or log size.
 *
 * Seven coefficients (stats/correlation.h) of n rows: Pearson, Spearman and Kendall, and given
 * each control, the linear partial correlation and the same of ranks. Each has the percentile
 * bootstrap's interval: rows are drawn with replacement, LAB_RESAMPLE_DRAWS times, and all that
 * the coefficient is made of, ranks too, is computed anew. Draws in which it is undefined are left
 * out. The same columns in the same order and the same seed give the same digits.
 *
 * What to read: Pearson is low for a bent line, Spearman and Kendall are not. Linear partial
 * correlation is misled by a bend, even in sign (loss and error of 104 language models given log
 * C: -0.22), where that of ranks is not (0.50): report both, and n, and groups of rows that differ
 * in more than the control apart.
 */
#ifndef LAB_ASSOCIATION_H
#define LAB_ASSOCIATION_H
#include "stats/distribution.h"
#include <stddef.h>
#include <stdint.h>

enum { LAB_CONTROLS = 2 };

typedef struct {
    const double *x, *y;                 /* [n] */
    const double *control[LAB_CONTROLS]; /* [n] such as log C and log N; NULL: none */
    ptrdiff_t n;
} lab_columns;

typedef struct {
    double value;          /* in [-1, 1], or NaN */
    lab_interval interval; /* of the bootstrap, or NaN */
    const char *reason;    /* why there is no value, or no interval of it; NULL where both are */
} lab_coefficient;

typedef struct {
    ptrdiff_t n;
    lab_coefficient pearson, spearman, kendall;
    lab_coefficient partial[LAB_CONTROLS], rank_partial[LAB_CONTROLS];
    lab_interval pearson_fisher; /* supposes two normal columns: approximate; NaN below 4 rows */
    const char *reason;          /* why there is none of them, or NULL */
} lab_association;

/* Doubles of workspace that lab_association_compute needs for n rows. */
ptrdiff_t lab_association_work(ptrdiff_t n);

/* confidence such as 0.95; work holds lab_association_work(n) doubles of the caller, left with
 * rubbish. Nothing is defined for fewer than 3 rows, a value of x or y that is not finite, or one
 * of them without spread. Partial coefficients want 4 rows, a control that is finite and spread,
 * and neither x nor y a line of it (of ranks: in its order). An interval wants LAB_RESAMPLE_MIN
 * rows, a value inside (-1, 1), as each draw of a perfect order is perfect, and that half of the
 * draws have a value. */
void lab_association_compute(lab_association *out, const lab_columns *columns, double confidence,
                             uint64_t seed, double *work);
#endif
