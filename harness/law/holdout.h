/* law/holdout.h - how well a law tells rows that it was not fitted to.
 *
 *     lab_holdout sizes, top;
 *     lab_holdout_groups(&sizes, &data, NULL, &fit, size_of_row, &options);   one N level at a time
 *     lab_holdout_top(&top, &data, NULL, &fit, compute_of_row, 0.2, &options); the top 20 % by C
 *
 * Rows are left out, the law is fitted to the rest, and what it says of them is held against what
 * was measured. Errors are 100 (predicted / observed - 1). Where draws are asked for, each refit
 * has its own bootstrap, and coverage is the share of rows inside its interval for a new run
 * (lab_draws_run): far below confidence, the intervals of this law promise too much.
 *
 * Of more than LAB_HOLDOUT_FOLDS rows, clusters or groups several are left out together, every
 * 200th in one fold of 200, lest refits take hours.
 *
 * A refit begins at the fit's basins, and at starts of the grid too where rows enough are left out
 * to change the design: more than one, and more than a twentieth of all.
 */
#ifndef LAB_HOLDOUT_H
#define LAB_HOLDOUT_H
#include "law/draws.h"

enum { LAB_HOLDOUT_STARTS = 50, LAB_HOLDOUT_FOLDS = 200 };

/* What was said of one row. */
typedef struct {
    bool held; /* it was left out once; else the rest is NaN */
    double predicted, error;
    lab_interval run; /* NaN without draws, or where too many were lost */
} lab_holdout_row;

typedef struct {
    int starts;        /* of the grid, of refits to another design; 0: LAB_HOLDOUT_STARTS */
    int draws;         /* of each refit; 0: no intervals, no coverage */
    double confidence; /* 0: 0.95 */
    uint64_t seed;
    int workers;           /* the result is the same for any number */
    lab_holdout_row *rows; /* [data->n], filled in; NULL is fine */
} lab_holdout_options;

typedef struct {
    const char *reason;          /* why there is nothing, or NULL; reals are NaN then */
    isize n;                     /* rows that were predicted */
    isize units;                 /* rows, clusters or groups that are left out */
    isize refits, lost;          /* refits: fewer than units are folds, of several units each;
                                    lost: with too few rows left, whose rows are not predicted */
    double bias, absolute, root; /* mean of errors, of their size, root of their mean square; % */
    double score;                /* mean square of the residual, as data has them */
    isize covered;               /* rows with an interval: what coverage is a share of */
    double coverage;             /* NaN without draws */
    double confidence;
} lab_holdout;

/* Each cluster of data once, since what draws keep together would tell of its siblings: each row
 * where each has a number of its own. Here and below, weight [n] or NULL is as the fit had it: rows
 * of weight 0 are neither fitted nor predicted. */
void lab_holdout_one(lab_holdout *out, const lab_law_data *data, const double *weight,
                     const lab_fit *fit, const lab_holdout_options *options);
/* Each group once: rows of one number in group [n]. */
void lab_holdout_groups(lab_holdout *out, const lab_law_data *data, const double *weight,
                        const lab_fit *fit, const isize *group, const lab_holdout_options *options);
/* Rows whose order [n], compute say, is among the largest share of them; equal ones together. */
void lab_holdout_top(lab_holdout *out, const lab_law_data *data, const double *weight,
                     const lab_fit *fit, const double *order, double share,
                     const lab_holdout_options *options);
#endif
