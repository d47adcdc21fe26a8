#include "law/minimise.h"
#include <math.h>
#include <nlopt.h>
#include <string.h>

enum { EVALUATIONS_MAX = 1000, ROUNDS_MAX = 4 };
static const double THETA_RELATIVE = 1e-11;

typedef struct {
    const lab_law_rows *rows;
    const lab_loss *loss;
    double gain;
    isize evaluations;
} problem;

static double ask(unsigned parameters, const double *theta, double *gradient, void *of)
{
    problem *asked = of;
    (void)parameters;
    asked->evaluations++;
    double cost = lab_objective(asked->rows, asked->loss, theta, gradient);
    return isfinite(cost) ? cost : HUGE_VAL;
}

static lab_minimum one_round(problem *asked, const double *low, const double *high, double *theta,
                             double *objective)
{
    nlopt_opt search = nlopt_create(NLOPT_LD_LBFGS, (unsigned)asked->rows->law->parameters);
    LAB_ASSERT(search);
    nlopt_set_min_objective(search, ask, asked);
    nlopt_set_lower_bounds(search, low);
    nlopt_set_upper_bounds(search, high);
    nlopt_set_ftol_rel(search, asked->gain);
    nlopt_set_xtol_rel(search, THETA_RELATIVE);
    nlopt_set_maxeval(search, EVALUATIONS_MAX);
    nlopt_result result = nlopt_optimize(search, theta, objective);
    nlopt_destroy(search);
    if (result == NLOPT_MAXEVAL_REACHED) return LAB_MINIMUM_LIMIT;
    return result > 0 || result == NLOPT_ROUNDOFF_LIMITED ? LAB_MINIMUM_CONVERGED
                                                          : LAB_MINIMUM_ABNORMAL;
}

/* The search can stop where its picture of the curvature has gone stale: it begins anew there until
 * that no longer helps. */
lab_minimum lab_minimise(const lab_law_rows *rows, const lab_loss *loss, const double *low,
                         const double *high, double gain, double *theta, double *objective,
                         isize *evaluations)
{
    problem asked = {.rows = rows, .loss = loss, .gain = gain};
    lab_minimum end = LAB_MINIMUM_ABNORMAL;
    double best[LAB_LAW_PARAMETERS];
    const size_t bytes = (size_t)rows->law->parameters * sizeof *theta;
    *objective = lab_objective(rows, loss, theta, NULL);
    memcpy(best, theta, bytes);
    for (int round = 0; round < ROUNDS_MAX; round++) {
        double found = *objective, before = *objective;
        end = one_round(&asked, low, high, theta, &found);
        if (found < *objective) {
            *objective = found;
            memcpy(best, theta, bytes);
        } else
            memcpy(theta, best, bytes);
        if (end == LAB_MINIMUM_LIMIT || !(found < before - 1e3 * gain * fabs(before))) break;
    }
    *evaluations += asked.evaluations;
    return end;
}
