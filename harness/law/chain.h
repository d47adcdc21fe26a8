/* law/chain.h - two laws, one behind the other: a surface says which loss a run reaches, a link
 * which error goes with that loss.
 *
 * Both are known from draws of a bootstrap, of the same runs where they are numbered alike
 * (lab_draws_options.units). Draw d of the surface goes with draw d of the link, so
 * that the interval of the error holds what either is unsure of, and lets them cancel or add as
 * they do. An error of a new run adds a residual of each law as well: that of the surface goes
 * through the link. That either law has another form is in no interval.
 */
#ifndef LAB_CHAIN_H
#define LAB_CHAIN_H
#include "law/draws.h"

typedef struct {
    const lab_draws *first; /* of the surface */
    bool logs;              /* its residuals are in log y */
    const double *theta;    /* of the surface's fit */
    const lab_draws *link;  /* its law has one column, the y of the surface; residuals in its y */
    const double *link_theta;
} lab_chain;

typedef struct {
    double first, y;        /* of the surface; of the link there */
    lab_interval mean, run; /* of y: of the mean curve, of a new run */
    int lost;               /* draws for which the surface or the link says nothing */
} lab_chained;

/* What both say of a number y of the surface, a function of its theta (such as that at one place,
 * or at the optimum of each draw). */
void lab_chain_at(lab_chained *at, const lab_chain *chain, lab_draws_function *function,
                  const void *context, double confidence);
#endif
