/* law/loss.h - what a residual costs, and what rows cost together.
 *
 * A residual is r = observed - predicted, in log y or in y as the rows say. The objective is the
 * SUM over rows of weight * cost, never the mean: tolerances of optimisers are meant for sums.
 *   squares     r^2 / 2
 *   huber       r^2 / 2 for |r| <= delta, else delta (|r| - delta / 2)
 *   asymmetric  |r|, times over where the prediction lies above what was observed: fits what could
 *               be reached at best. Near zero |r| is rounded off over a width that fits shrink in
 *               steps; the objective that is told is the plain one.
 */
#ifndef LAB_LOSS_H
#define LAB_LOSS_H
#include "law/law.h"

typedef enum { LAB_LOSS_HUBER, LAB_LOSS_SQUARES, LAB_LOSS_ASYMMETRIC } lab_loss_kind;

typedef struct {
    lab_loss_kind kind;
    double delta; /* of huber; the rounding of asymmetric, 0: none */
    double over;  /* of asymmetric, >= 1 */
} lab_loss;

/* "huber", "squares", "asymmetric"; NULL behind the last. */
const char *lab_loss_name(int kind);

double lab_loss_at(const lab_loss *loss, double residual, double *slope); /* slope by residual */

/* Rows as a law reads them. The caller owns what the pointers lead to. */
typedef struct {
    const lab_law *law;
    isize n;
    const double *feature;  /* [n, lab_law_features] */
    const double *response; /* [n], log y or y */
    bool logs;              /* residuals are in log y: only of sums of powers */
    const double *weight;   /* [n], >= 0; NULL: all 1 */
} lab_law_rows;

/* What is observed, log y or y as the rows say, at row i of theta, and its derivatives by theta
 * [parameters] unless NULL. */
double lab_law_rows_predict(const lab_law_rows *rows, isize i, const double *theta, double *slope);

/* The objective at theta, and its gradient by theta [parameters] unless NULL. */
double lab_objective(const lab_law_rows *rows, const lab_loss *loss, const double *theta,
                     double *gradient);
#endif
