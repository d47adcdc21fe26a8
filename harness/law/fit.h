/* law/fit.h - a law fitted from many starts, and what there is to know about how well it is known.
 *
 *     lab_fit fit;
 *     lab_fit_make(&fit, &rows, &(lab_fit_options){.loss = {LAB_LOSS_HUBER, 1e-3}, .workers = 2});
 *     if (!fit.reason) ... lab_law_value(fit.law, 0, fit.theta[0]) ...
 *
 * Objectives of scaling laws have several minima and long flat valleys. So every fit tells how many
 * of its starts ended at the best minimum, and which others lie within one part in a hundred of it:
 * where there are some, parameters that differ between them are not known from these rows.
 */
#ifndef LAB_FIT_H
#define LAB_FIT_H
#include "law/loss.h"

enum { LAB_BASINS = 8, LAB_STARTS_DEFAULT = 450, LAB_STARTS_ALL = 1 << 30, LAB_STARTS_WARM = -1 };

#define LAB_FIT_ROUNDED 1e-8 /* of a response, or of 1 where it is less */

typedef struct lab_fit lab_fit;
typedef struct {
    lab_loss loss;
    int starts;     /* of the grid of law/starts.h, spread over it; 0: LAB_STARTS_DEFAULT;
                       LAB_STARTS_WARM: none beside those of warm */
    int workers;    /* threads; the result is the same for any number */
    unsigned fixed; /* bit p: parameter p keeps fixed_theta[p] */
    double fixed_theta[LAB_LAW_PARAMETERS];
    const lab_fit
        *warm; /* a fit of the same law to other rows, whose basins are starts, too; NULL */
} lab_fit_options;

typedef struct {
    double objective;
    double theta[LAB_LAW_PARAMETERS];
    int starts; /* that ended there */
} lab_basin;

struct lab_fit {
    const lab_law *law;
    lab_loss loss;
    isize n;            /* rows with weight */
    const char *reason; /* why there is no fit, or NULL; reals are NaN then */
    double theta[LAB_LAW_PARAMETERS];
    double low[LAB_LAW_PARAMETERS], high[LAB_LAW_PARAMETERS]; /* bounds of theta */
    unsigned fixed, at_bound; /* bit p: of parameter p; a floor below 1e-4 of the least y is at its
                                 bound, too */
    double objective;         /* the sum over rows, law/loss.h */
    int starts, converged;    /* how many were tried; how many did not break down or run out */
    int reached;              /* how many ended within 1e-6 of the objective */
    lab_basin basins[LAB_BASINS]; /* within 1 % of the objective, the best first */
    int basin_count;
    isize evaluations;
    double condition;   /* of the Jacobian at theta, columns of unit length, free parameters */
    double residual_sd; /* in log y or y, n - free parameters degrees of freedom */
    double aicc, bic;   /* of normal residuals with one variance, whatever the loss: to compare
                           forms on the same rows and the same response; residuals count as
                           LAB_FIT_ROUNDED of it at least, as where a law goes through all rows
                           rounding is all that they hold */
};

/* Refuses, with a reason: fewer rows of weight than free parameters plus one. */
void lab_fit_make(lab_fit *fit, const lab_law_rows *rows, const lab_fit_options *options);

/* How many parameters are not fixed. */
int lab_fit_free(const lab_fit *fit);

/* Fits again from theta, which it moves, inside fit's bounds and with its loss: for other weights.
 * Gives the objective. */
double lab_fit_again(const lab_fit *fit, const lab_law_rows *rows, double *theta);
#endif
