/* cli/plan.h - a plan, and how earlier ones came out, as patchlaw plan prints them. */
#ifndef LAB_CLI_PLAN_H
#define LAB_CLI_PLAN_H
#include "base/table.h"
#include "plan/next.h"
#include "plan/predict.h"

typedef struct {
    lab_form form;
    const lab_study *link;       /* NULL: no errors are told */
    const lab_sweep *cells;      /* of the proposal, with seeds; NULL: none */
    const char *file, *name;     /* where it is written; NULL: it is not */
    const lab_predicted *stored; /* NULL: none are */
} lab_plan_form;

/* Prints to standard output: several tables, or one JSON object. */
void lab_plan_print(const lab_next *next, const lab_plan_form *form);

/* Prints how the predictions of a plan, or of each (NULL), came out. LAB_ERR_MISSING: there is
 * none.
 */
LAB_CHECKED lab_status lab_plan_score(lab_ledger *ledger, const char *name, lab_form form,
                                      lab_error *err);
#endif
