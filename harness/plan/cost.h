/* plan/cost.h - what a run of N and D costs, counted as the ledger counts it.
 *
 * Of real configs the engine knows the FLOPs of a step, attention and head included, and so FLOPs a
 * patch: a function of N that lies between the sizes of a ladder on straight lines in log-log, and
 * beyond its ends on the last one. Without a config it is k N D, with k from the rows themselves.
 */
#ifndef LAB_PLAN_COST_H
#define LAB_PLAN_COST_H
#include "law/optimum.h"
#include "study/sample.h"

enum { LAB_PLAN_SIZES = 64 };

typedef struct {
    int sizes;
    double log_n[LAB_PLAN_SIZES]; /* ascending */
    double log_patch[LAB_PLAN_SIZES];
} lab_plan_prices;

/* One more size, in any order; one of the same N is left alone. */
void lab_plan_price_add(lab_plan_prices *prices, double n, double flops_patch);
/* For lab_law_cost; the context is the prices, of one size at least. */
double lab_plan_price(const void *prices, double n, double d);

/* N and D of a row of a surface; M = D / N and C give them only with a cost, else NaN. */
void lab_plan_place(const lab_sample_row *row, const lab_law *law, const lab_law_cost *cost,
                    double *n, double *d);
/* The columns of a surface for a run. */
void lab_plan_columns(const lab_law *law, double n, double d, double compute, double *x);
#endif
