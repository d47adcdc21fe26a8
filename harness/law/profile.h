/* law/profile.h - how well one parameter is known: the best objective for each value that it could
 * have, all others refitted.
 *
 *     lab_profile profile;
 *     lab_profile_make(&profile, &fit, &rows, lab_law_parameter_find(fit.law, "E"), NULL);
 *     if (profile.open_low) ... nothing in these rows speaks against E = 0 ...
 *
 * The interval ends where the objective has risen by a threshold above the fit's,
 *     rise = t^2 / 2 * (sum w psi^2 / (n - k)) / (sum w psi' / sum w),
 * psi the slope of the loss at a residual, t Student's quantile of n - k degrees of freedom. For
 * squares that is the F test of one parameter, else its counterpart for robust losses (Schrader and
 * Hettmansperger, Biometrika 67, 1980, 93-101; for residuals of one distribution). psi' is the mean
 * slope of psi over a width on each side of a residual, so that losses with corners have one, too.
 */
#ifndef LAB_PROFILE_H
#define LAB_PROFILE_H
#include "law/fit.h"
#include "stats/distribution.h"

enum { LAB_PROFILE_SIDE = 16 }; /* points on each side */

typedef struct {
    double rise;       /* threshold above the objective; 0: the formula */
    double confidence; /* 0: 0.95 */
} lab_profile_options;

typedef struct {
    int parameter;
    int count;                                  /* of points, rising in value */
    double value[2 * LAB_PROFILE_SIDE + 1];     /* of the parameter, as people read it */
    double objective[2 * LAB_PROFILE_SIDE + 1]; /* the best with that value */
    double rise, confidence;
    lab_interval interval;    /* of value; an open side ends at the bound of the fit */
    bool open_low, open_high; /* it has not risen so far before the bound: not known on that side */
    bool lower;               /* a point lies below the fit: its starts missed the best minimum */
} lab_profile;

/* The threshold of the formula; NaN where no residual bends the loss. */
double lab_profile_rise(const lab_fit *fit, const lab_law_rows *rows, double confidence);

/* Of a fit without reason to those rows, in which the parameter is free. options NULL: defaults. */
void lab_profile_make(lab_profile *profile, const lab_fit *fit, const lab_law_rows *rows,
                      int parameter, const lab_profile_options *options);
#endif
