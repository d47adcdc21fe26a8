/* plan/rows.h - what the rows of a fit are runs of, as the ledger knows them: a plan has to speak
 * of the same N, D, C and L. */
#ifndef LAB_PLAN_ROWS_H
#define LAB_PLAN_ROWS_H
#include "study/factor.h"

typedef struct {
    isize known;            /* rows that are finished pre-training runs of the ledger */
    bool total, trunk;      /* N of all of them is the parameters with the head, without it */
    bool loss;              /* y of all of them is the final loss */
    double lr_low, lr_high; /* their highest learning rates; NaN where known is 0 */
} lab_plan_rows;

LAB_CHECKED lab_status lab_plan_rows_read(lab_plan_rows *out, lab_ledger *ledger,
                                          const lab_sample *sample, lab_error *err);

/* k of the rows: by their own N, D and C, else by those of the runs of the ledger that they are,
 * where a law speaks of D / N and C. Of no rows where neither tells. */
LAB_CHECKED lab_status lab_plan_rows_factor(lab_factor *out, lab_ledger *ledger,
                                            const lab_sample *sample, lab_error *err);
#endif
