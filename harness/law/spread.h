/* law/spread.h - several laws beside each other: which of them the rows prefer, and how far apart
 * they lie where there are no rows.
 *
 *     lab_spread spread;
 *     lab_spread_make(&spread, forms, 3, NULL, &options);
 *     ... spread.of[0].aicc, spread.low, spread.high ...
 *
 * Intervals of one law never hold that it is the wrong one; how far laws that fit about equally
 * well disagree at a target is the least that this may cost. Laws read other columns of the same
 * runs, so that each brings its own data: the same number of rows in the same order, y the same,
 * residuals all in log y or all in y. AICc, BIC and weights suppose normal residuals (Burnham and
 * Anderson, Model Selection and Multimodel Inference, 2002, chapter 2); the score of leaving one
 * out supposes nothing.
 */
#ifndef LAB_SPREAD_H
#define LAB_SPREAD_H
#include "law/holdout.h"

enum { LAB_SPREAD_FORMS = 8 };

typedef struct {
    const lab_law_data *data;
    const double *target; /* [columns] of the law: where predictions are compared; NULL: nowhere */
} lab_spread_form;

typedef struct {
    lab_fit fit;         /* reason: then all else is NaN */
    lab_holdout one;     /* leaving one cluster out: its score and errors */
    double delta, share; /* AICc less the least; Akaike weight, the sum over laws is 1 */
    double predicted;    /* at the target */
} lab_spread_law;

typedef struct {
    int count;
    lab_spread_law of[LAB_SPREAD_FORMS];
    int best_aicc, best_bic, best_score; /* indices, -1: none */
    double low, high;                    /* of predictions at the target, over all laws */
    double mean;                         /* of them by Akaike weight */
} lab_spread;

/* weight [n] or NULL; options: of the fits. */
void lab_spread_make(lab_spread *spread, const lab_spread_form forms[], int count,
                     const double *weight, const lab_fit_options *options);
#endif
