#include "law/fit.h"
#include "base/heap.h"
#include "base/parallel.h"
#include "law/centred.h"
#include "law/minimise.h"
#include "law/starts.h"
#include "law/symmetric.h"
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double SAME = 1e-6, NEAR = 1e-2;    /* of objectives, relative */
static const double ALIKE = 1e-2;                /* of floors and exponents, relative */
static const double ROUGH = 1e-10, FINE = 1e-13; /* gain of a step at which a search ends */
static const double EDGE = 1e-6;                 /* of the width between bounds */
static const double NOTHING = 1e-4; /* of the least y: a floor as low as that is none, and searches
                                       stop on their way down, where nothing changes any more */

/* A minimum that one start led to. */
typedef struct {
    double objective, theta[LAB_LAW_PARAMETERS];
    isize evaluations;
    bool converged;
} ended;

typedef struct {
    const lab_fit *fit;
    const lab_centred *about;
    const lab_starts *starts;
    const lab_fit *warm;
    int grid, cold; /* starts of the whole grid; those that are taken of it */
    ended *ends;
} search;

/* From theta to a minimum. |r| without a rounded tip stops every search that follows gradients, so
 * it is sharpened in steps, each from where the last one ended. */
static ended descend(const lab_fit *fit, const lab_centred *about, double gain, const double *theta)
{
    ended end = {0};
    lab_loss loss = fit->loss;
    bool sharp = loss.kind == LAB_LOSS_ASYMMETRIC;
    memcpy(end.theta, theta, sizeof end.theta);
    lab_centred_move(about, 1, end.theta);
    for (loss.delta = sharp ? 1e-2 : loss.delta;; loss.delta /= 10) {
        end.converged = lab_minimise(&about->rows, &loss, fit->low, fit->high, gain, end.theta,
                                     &end.objective, &end.evaluations) == LAB_MINIMUM_CONVERGED;
        if (!sharp || loss.delta < 5e-7) break;
    }
    if (sharp) end.objective = lab_objective(&about->rows, &fit->loss, end.theta, NULL);
    lab_centred_move(about, -1, end.theta);
    return end;
}

/* Objectives count as equal within this; rounding alone is all that remains of a perfect fit. */
static double slack(const lab_fit *fit, double share)
{
    return share * fabs(fit->objective) + 1e-15 * (double)fit->n;
}

static void one_start(void *of, isize i, int worker)
{
    search *all = of;
    const lab_fit *fit = all->fit;
    double theta[LAB_LAW_PARAMETERS] = {0};
    (void)worker;
    if (i < all->cold)
        lab_starts_at(all->starts, (int)(i * all->grid / all->cold), theta);
    else
        memcpy(theta, all->warm->basins[i - all->cold].theta, sizeof theta);
    for (int p = 0; p < fit->law->parameters; p++)
        theta[p] = fmin(fmax(theta[p], fit->low[p]), fit->high[p]);
    all->ends[i] = descend(fit, all->about, ROUGH, theta);
}

static int by_objective(const void *a, const void *b)
{
    const ended *left = a, *right = b;
    return (left->objective > right->objective) - (left->objective < right->objective);
}

/* Whether two minima say the same of what can be known: coefficients alone mean little, since they
 * go with the exponents. */
static bool alike(const lab_fit *fit, const double *a, const double *b)
{
    const lab_law *law = fit->law;
    for (int p = 0; p < law->parameters; p++) {
        if (law->parameter[p].log && !law->parameter[p].floor) continue;
        double left = lab_law_value(law, p, a[p]), right = lab_law_value(law, p, b[p]);
        double least = law->parameter[p].floor ? NOTHING * exp(fit->high[p]) : 1e-9;
        if (fabs(left - right) > ALIKE * fmax(fabs(left), fabs(right)) + least) return false;
    }
    return true;
}

static lab_basin *basin_of(lab_fit *fit, const double *theta)
{
    for (int i = 0; i < fit->basin_count; i++)
        if (alike(fit, fit->basins[i].theta, theta)) return &fit->basins[i];
    return NULL;
}

/* ends is sorted. One that stopped on a slope towards another minimum moves on from where it is
 * before it counts as one of its own. */
static void find_basins(lab_fit *fit, const lab_centred *about, ended *ends)
{
    for (int i = 0; i < fit->starts; i++) {
        ended *end = &ends[i];
        if (end->objective > fit->objective + slack(fit, NEAR)) break;
        lab_basin *basin = basin_of(fit, end->theta);
        if (!basin) {
            *end = descend(fit, about, FINE, end->theta);
            fit->evaluations += end->evaluations;
            basin = basin_of(fit, end->theta);
        }
        if (!basin && fit->basin_count < LAB_BASINS) {
            basin = &fit->basins[fit->basin_count++];
            basin->objective = end->objective;
            memcpy(basin->theta, end->theta, sizeof basin->theta);
        }
        if (basin) basin->starts++;
    }
}

static double condition_of(const lab_fit *fit, const lab_law_rows *rows)
{
    double matrix[LAB_SYMMETRIC_MAX * LAB_SYMMETRIC_MAX] = {0}, slope[LAB_LAW_PARAMETERS];
    int kept[LAB_LAW_PARAMETERS], count = 0;
    for (int p = 0; p < fit->law->parameters; p++)
        if (!(fit->fixed >> p & 1)) kept[count++] = p;
    for (isize i = 0; i < rows->n; i++) {
        double weight = rows->weight ? rows->weight[i] : 1;
        if (weight <= 0) continue;
        (void)lab_law_rows_predict(rows, i, fit->theta, slope);
        for (int j = 0; j < count; j++)
            for (int k = 0; k < count; k++)
                matrix[j * count + k] += weight * slope[kept[j]] * slope[kept[k]];
    }
    return count ? lab_symmetric_condition(matrix, count) : 1;
}

int lab_fit_free(const lab_fit *fit)
{
    int count = 0;
    for (int p = 0; p < fit->law->parameters; p++) count += !(fit->fixed >> p & 1);
    return count;
}

static void describe(lab_fit *fit, const lab_law_rows *rows)
{
    const int k = lab_fit_free(fit);
    double squares = 0, rounding = 0, n = (double)fit->n;
    for (isize i = 0; i < rows->n; i++) {
        double weight = rows->weight ? rows->weight[i] : 1;
        double rest = rows->response[i] - lab_law_rows_predict(rows, i, fit->theta, NULL);
        squares += weight * rest * rest;
        rounding += weight * pow(LAB_FIT_ROUNDED * fmax(fabs(rows->response[i]), 1), 2);
    }
    for (int p = 0; p < fit->law->parameters; p++) {
        double edge = EDGE * (fit->high[p] - fit->low[p]);
        bool at = fit->theta[p] < fit->low[p] + edge || fit->theta[p] > fit->high[p] - edge;
        if (fit->law->parameter[p].floor) at |= fit->theta[p] < fit->high[p] + log(NOTHING);
        if (at && !(fit->fixed >> p & 1)) fit->at_bound |= 1u << p;
    }
    fit->condition = condition_of(fit, rows);
    fit->residual_sd = sqrt(squares / (n - k));
    double log_likelihood = -n / 2 * (log(2 * M_PI * fmax(squares, rounding) / n) + 1);
    double parameters = k + 1; /* the variance is one */
    fit->bic = parameters * log(n) - 2 * log_likelihood;
    fit->aicc = n - parameters - 1 > 0
                    ? 2 * parameters * n / (n - parameters - 1) - 2 * log_likelihood
                    : (double)NAN;
}

static void set_bounds(lab_fit *fit, const lab_starts *starts, const lab_fit_options *options)
{
    for (int p = 0; p < fit->law->parameters; p++) {
        const lab_law_parameter *parameter = &fit->law->parameter[p];
        double from = parameter->floor ? starts->low : 0;
        fit->low[p] = from + parameter->low;
        fit->high[p] = from + parameter->high;
        if (fit->fixed >> p & 1) fit->low[p] = fit->high[p] = options->fixed_theta[p];
    }
}

static void no_fit(lab_fit *fit, const char *reason)
{
    const double none = (double)NAN;
    fit->reason = reason;
    fit->objective = fit->condition = fit->residual_sd = fit->aicc = fit->bic = none;
    for (int p = 0; p < LAB_LAW_PARAMETERS; p++) fit->theta[p] = none;
}

static void run_starts(lab_fit *fit, const lab_law_rows *rows, const lab_starts *starts,
                       const lab_fit_options *options)
{
    int grid = lab_starts_count(starts), wanted = options->starts;
    if (wanted == LAB_STARTS_WARM)
        wanted = 0;
    else if (wanted <= 0)
        wanted = LAB_STARTS_DEFAULT;
    const int cold = wanted < grid ? wanted : grid;
    fit->starts = cold + (options->warm ? options->warm->basin_count : 0);
    LAB_ASSERT(fit->starts > 0);
    ended *ends = lab_heap_take(fit->starts * (isize)sizeof *ends);
    lab_centred about;
    lab_centred_init(&about, rows, fit->fixed);
    search all = {fit, &about, starts, options->warm, grid, cold, ends};
    lab_parallel_for(options->workers, fit->starts, one_start, &all);
    qsort(ends, (size_t)fit->starts, sizeof *ends, by_objective);
    fit->objective = ends[0].objective;
    memcpy(fit->theta, ends[0].theta, sizeof fit->theta);
    for (int i = 0; i < fit->starts; i++) {
        fit->converged += ends[i].converged;
        fit->reached += ends[i].objective <= fit->objective + slack(fit, SAME);
        fit->evaluations += ends[i].evaluations;
    }
    find_basins(fit, &about, ends);
    lab_centred_finish(&about);
    lab_heap_free(ends);
}

void lab_fit_make(lab_fit *fit, const lab_law_rows *rows, const lab_fit_options *options)
{
    lab_starts starts;
    *fit = (lab_fit){.law = rows->law, .loss = options->loss, .fixed = options->fixed};
    for (isize i = 0; i < rows->n; i++) fit->n += !rows->weight || rows->weight[i] > 0;
    if (fit->n < lab_fit_free(fit) + 1) {
        no_fit(fit, "fewer rows than parameters and one more");
        return;
    }
    lab_starts_init(&starts, rows);
    set_bounds(fit, &starts, options);
    run_starts(fit, rows, &starts, options);
    describe(fit, rows);
}

double lab_fit_again(const lab_fit *fit, const lab_law_rows *rows, double *theta)
{
    lab_centred about;
    lab_centred_init(&about, rows, fit->fixed);
    ended end = descend(fit, &about, FINE, theta);
    lab_centred_finish(&about);
    memcpy(theta, end.theta, sizeof end.theta);
    return end.objective;
}
