/* plan/next.h - from a fit and a budget to the best that it buys, and to what to run next.
 *
 *     lab_next *next = NULL;
 *     status = lab_next_make(&next, study, ledger, &engine, &wish, err);
 *     ... next->at[LAB_NEXT_OWN], next->proposal ...
 *     lab_next_finish(&next);
 */
#ifndef LAB_NEXT_H
#define LAB_NEXT_H
#include "law/chain.h"
#include "plan/amount.h"
#include "plan/file.h"
#include "plan/proposal.h"
#include "plan/rate.h"
#include "plan/rows.h"

/* Compute of a run that all but repeats another of its size lies within this share of the other's.
 */
#define LAB_NEXT_NEAR 0.02
enum { LAB_NEXT_BUDGETS = 5, LAB_NEXT_OWN = 2 }; /* a quarter to four times of the own */

typedef struct {
    lab_amount budget;
    int cores;              /* of a budget in time */
    const char *base;       /* NULL: no runs are proposed */
    const char *sizes, *lr; /* plan/ladder.h, plan/file.h; NULL */
    lab_proposal_wish wish; /* budget is filled in; compute 0: the budget's */
} lab_next_wish;

typedef struct {
    lab_next_wish wish;
    const lab_study *study; /* borrowed */
    double budget;          /* FLOPs */
    lab_plan_rate rate;
    lab_plan_rows rows;
    lab_factor factor; /* of the rows */
    lab_ladder ladder; /* of no size without a base */
    lab_law_cost cost; /* by the ladder's prices, else by the factor */
    lab_reach reach;
    lab_optimum at[LAB_NEXT_BUDGETS];
    lab_optimum_band band[LAB_NEXT_BUDGETS];
    isize candidates;
    isize ended, near; /* of them, left out: ended; near a finished one, where seeds is 1 */
    lab_proposal proposal;
    char **cautions; /* sentences, owned */
    int caution_count;
} lab_next;

/* study has a fit of a surface (lab_optimum_knows). engine is asked where there is a base. What the
 * pointers of wish lead to is borrowed. LAB_ERR_CONFIG: what cannot be planned, with the cure. */
LAB_CHECKED lab_status lab_next_make(lab_next **out, const lab_study *study, lab_ledger *ledger,
                                     lab_engine *engine, const lab_next_wish *wish, lab_error *err);
void lab_next_finish(lab_next **next); /* sets NULL; NULL is fine */

/* The error that goes with the loss of an optimum, by a link. False where the link has no fit. */
bool lab_next_error(lab_chained *out, const lab_next *next, const lab_study *link, int budget);

/* Appends the proposal as a sweep file of that name, whose base is named as base. */
void lab_next_text(const lab_next *next, const char *name, const char *base, lab_text *text);
/* The sweep of the proposal's cells and seeds, in that order. The caller finishes it, also after a
 * failure. */
LAB_CHECKED lab_status lab_next_cells(lab_sweep *out, const lab_next *next, lab_engine *engine,
                                      lab_error *err);
#endif
