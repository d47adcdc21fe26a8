/* law/optimum.h - how to spend compute on a surface L(N, D): the least loss that it buys, and
 * where.
 *
 *     lab_law_cost cost = {.factor = 6};
 *     lab_optimum best;
 *     if (lab_optimum_at(&best, law, theta, &cost, 5.88e23)) ... best.n, best.d, best.loss ...
 *
 * Where C = k N D, a chinchilla surface has its optimum in closed form (Hoffmann et al.,
 * arXiv:2203.15556, eq. 4): N* = G (C / k)^(beta / (alpha + beta)), D* = C / (k N*),
 * G = (alpha A / (beta B))^(1 / (alpha + beta)). Other costs and the overtrained law are searched
 * along log N. N, D and C are in the units of the rows that were fitted.
 */
#ifndef LAB_OPTIMUM_H
#define LAB_OPTIMUM_H
#include "law/draws.h"

enum { LAB_LAW_COST_FACTOR = 6 };

/* Compute of a run of N and D: what function gives, else factor N D. A function rises with N and
 * with D. Where it stands beside the overtrained law, C of its rows is what it gives, too. */
typedef double lab_law_cost_function(const void *context, double n, double d);
typedef struct {
    double factor; /* 0: LAB_LAW_COST_FACTOR */
    lab_law_cost_function *function;
    const void *context;
} lab_law_cost;

typedef struct {
    double compute, n, d, ratio, loss;   /* ratio: D / N */
    double penalty_small, penalty_large; /* L - L* with half and twice this N, at this compute */
} lab_optimum;

/* Whether the law is a surface over N and D: chinchilla, overtrained. */
bool lab_optimum_knows(const lab_law *law);
double lab_law_cost_of(const lab_law_cost *cost, double n, double d);
/* D of a run of N at that compute; NaN where N alone costs more. */
double lab_law_cost_data(const lab_law_cost *cost, double n, double compute);
/* L at N and D. */
double lab_optimum_loss(const lab_law *law, const double *theta, const lab_law_cost *cost, double n,
                        double d);

/* False, and NaNs but for compute, where theta has no optimum at that compute: an exponent of 0. */
bool lab_optimum_at(lab_optimum *best, const lab_law *law, const double *theta,
                    const lab_law_cost *cost, double compute);
/* What the same compute buys at a given D / N. Its penalties are L - L* of the optimum, both the
 * same: what the choice of that ratio costs. */
bool lab_optimum_ratio(lab_optimum *at, const lab_law *law, const double *theta,
                       const lab_law_cost *cost, double compute, double ratio);

/* Intervals of each field over the draws of a fit; lost draws had no optimum. */
typedef struct {
    lab_interval n, d, ratio, loss, penalty_small, penalty_large;
    int lost;
} lab_optimum_band;

/* ratio 0: of the optimum; else of runs of that D / N. */
void lab_optimum_intervals(lab_optimum_band *band, const lab_draws *draws, const lab_law_cost *cost,
                           double compute, double ratio, double confidence);
#endif
