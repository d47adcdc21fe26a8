/* law/design.h - which runs would tell the most of a number that follows from a fit.
 *
 *     lab_design design;
 *     lab_design_init(&design, &fit, &draws, true);
 *     if (lab_design_aim(&design, log_n_star, &context))
 *         count = lab_design_choose(&design, candidates, n, &limit, chosen);
 *
 * Near the fit a run at x has the expected response f(x) + J(x)' (u - u^) with scatter s^2, and a
 * target g(u) has the variance G' S G, where S is the covariance of the parameters u over the draws
 * of a bootstrap and G the gradient of g. A run at x then takes
 *     (G' S J)^2 / (s^2 + J' S J)
 * off that variance, and S becomes S - S J J' S / (s^2 + J' S J), which is what a fit by least
 * squares with one more row would have (Fedorov 1972, chapter 3; c-optimal design). So the next run
 * is the one that takes off the most for what it costs, again and again until the budget is spent.
 *
 * u is theta, but for floors, whose value is taken: a fit that tends to no floor at all has draws
 * of log E without end, but of E near 0. Draws that lie far off, by Tukey's outer fences of any
 * parameter, are left out of S: they are other basins, and no line reaches them.
 */
#ifndef LAB_DESIGN_H
#define LAB_DESIGN_H
#include "law/draws.h"

typedef struct {
    const lab_law *law;
    bool logs;                                                  /* responses are log y */
    double at[LAB_LAW_PARAMETERS];                              /* u of the fit */
    double covariance[LAB_LAW_PARAMETERS * LAB_LAW_PARAMETERS]; /* S [parameters, parameters] */
    double target[LAB_LAW_PARAMETERS];                          /* G; zeros before lab_design_aim */
    double residual;                                            /* s^2 of one run */
    int lost; /* draws that lie far off, or that no law was fitted to */
} lab_design;

/* Of a fit without reason and its draws; logs as its rows have them. */
void lab_design_init(lab_design *design, const lab_fit *fit, const lab_draws *draws, bool logs);
/* Sets the target, a smooth function of theta. False where it has no slope at the fit: NaN. */
bool lab_design_aim(lab_design *design, lab_draws_function *target, const void *context);
double lab_design_variance(const lab_design *design); /* of the target */
/* J at x [columns]: derivatives of the response by u [parameters]. */
void lab_design_slope(const lab_design *design, const double *x, double *slope);
/* What the mean of so many runs of slope J would take off the target's variance. */
double lab_design_gain(const lab_design *design, const double *slope, int runs);
/* Takes them: S is what it would be with them. */
void lab_design_take(lab_design *design, const double *slope, int runs);

typedef struct {
    double x[LAB_LAW_COLUMNS];
    double cost; /* of all its runs, > 0 */
} lab_design_candidate;

typedef struct {
    double budget; /* of cost */
    int count;     /* candidates, at most */
    int runs;      /* of each, that differ in their seed alone */
} lab_design_limit;

/* Chooses the best of what is left, one after the other, and takes it. chosen [limit->count] gets
 * their places among the n candidates, each at most once. Gives how many; fewer than asked for
 * where the rest of the budget buys none. */
int lab_design_choose(lab_design *design, const lab_design_candidate *candidates, isize n,
                      const lab_design_limit *limit, isize *chosen);
#endif
