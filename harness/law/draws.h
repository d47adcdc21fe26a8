/* law/draws.h - a fit made again on rows drawn with replacement: what its numbers would also have
 * been.
 *
 * Clusters of rows are drawn, as many as there are: one a run, or one for all seeds of a setting,
 * so that what belongs together stays together. Each refit starts from the fit's optimum and from
 * every basin near it, and keeps the best end. Intervals are percentiles of the draws. They hold
 * what the choice of runs does to a law of this form; that the form is another one is in none of
 * them.
 *
 * Draw d depends on (seed, d) alone, so that it is the same for any number of workers.
 */
#ifndef LAB_DRAWS_H
#define LAB_DRAWS_H
#include "law/data.h"
#include "law/fit.h"
#include "stats/distribution.h"

enum { LAB_DRAWS_DEFAULT = 2000 };

typedef struct {
    int count;
    uint64_t seed;
    int workers;
    /* Clusters of the data are numbers below this, of which some may have no row; 0: its own alone.
     * Two data sets that number the same runs alike have, with one seed, draws of the same runs. */
    isize units;
} lab_draws_options;

typedef struct {
    const lab_law *law;
    int count;
    double *theta; /* [count, law->parameters], owned */
    double *rest;  /* [count], owned: a residual of the fit, drawn with each: what a new run adds */
    isize clusters; /* that were drawn from */
    int lost;       /* draws whose theta is NaN: fewer distinct x than free parameters, which many
                       laws go through; they are in no interval */
} lab_draws;

/* Of a fit without reason, to the same data; weight [n] or NULL as it was fitted. */
void lab_draws_make(lab_draws *draws, const lab_law_data *data, const double *weight,
                    const lab_fit *fit, const lab_draws_options *options);
void lab_draws_finish(lab_draws *draws);

/* Whether that draw is lost. */
bool lab_draws_lost(const lab_draws *draws, int draw);

/* Standard deviation and percentile interval of a parameter's value. */
double lab_draws_error(const lab_draws *draws, int parameter);
lab_interval lab_draws_interval(const lab_draws *draws, int parameter, double confidence);

/* Of y at x [columns]: of the mean curve, and of a new run there, which adds its residual (in log y
 * where logs). */
lab_interval lab_draws_mean(const lab_draws *draws, const double *x, double confidence);
lab_interval lab_draws_run(const lab_draws *draws, const double *x, bool logs, double confidence);

/* Of anything that follows from theta: NaNs of function are left out and counted in *lost (NULL is
 * fine). */
typedef double lab_draws_function(const void *context, const double *theta);
lab_interval lab_draws_of(const lab_draws *draws, lab_draws_function *function, const void *context,
                          double confidence, int *lost);
#endif
