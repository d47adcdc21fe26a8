/* study/keep.h - a fit, written to the ledger with all that it takes to make it again. */
#ifndef LAB_KEEP_H
#define LAB_KEEP_H
#include "study/review.h"

/* Writes the study's fit, which has no reason, and its checks in one transaction, unless it is
 * there: a fit is known by its law, query, rows and options (lab_study_uuid). *fit_id is its row;
 * *kept tells whether it was there before. */
LAB_CHECKED lab_status lab_study_keep(const lab_study *study, const lab_review *review,
                                      lab_ledger *ledger, int64_t *fit_id, bool *kept,
                                      lab_error *err);

/* The variables of a row by name, as JSON; compute (C) too where the law has no C and it is known.
 */
void lab_study_point(const lab_law *law, const double *x, double compute, lab_text *out);
#endif
