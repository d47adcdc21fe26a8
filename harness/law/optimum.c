#include "law/optimum.h"
#include "base/heap.h"
#include "stats/resample.h"
#include <float.h>
#include <math.h>
#include <string.h>

static const double FAR = 60;    /* of log N or log D from where a search begins */
static const double NEAR = 1e-9; /* of log N, log D */

bool lab_optimum_knows(const lab_law *law)
{
    return strcmp(law->name, "chinchilla") == 0 || strcmp(law->name, "overtrained") == 0;
}

double lab_law_cost_of(const lab_law_cost *cost, double n, double d)
{
    if (cost->function) return cost->function(cost->context, n, d);
    return (cost->factor > 0 ? cost->factor : LAB_LAW_COST_FACTOR) * n * d;
}

/* Where a rising function of exp(t) reaches value, around t = at; NaN: nowhere within FAR. */
typedef double rising(const void *context, double x);
static double reach(rising *function, const void *context, double at, double value)
{
    double low = at - FAR, high = at + FAR;
    if (!(function(context, exp(low)) <= value && function(context, exp(high)) >= value))
        return (double)NAN;
    while (high - low > 4 * DBL_EPSILON * fabs(low + high)) {
        double middle = (low + high) / 2;
        if (!(middle > low && middle < high)) break;
        if (function(context, exp(middle)) < value)
            low = middle;
        else
            high = middle;
    }
    return exp((low + high) / 2);
}

typedef struct {
    const lab_law_cost *cost;
    double n, ratio;
} held;

static double cost_by_data(const void *of, double d)
{
    const held *held_ = of;
    return lab_law_cost_of(held_->cost, held_->n, d);
}

static double cost_by_size(const void *of, double n)
{
    const held *held_ = of;
    return lab_law_cost_of(held_->cost, n, n * held_->ratio);
}

double lab_law_cost_data(const lab_law_cost *cost, double n, double compute)
{
    double plain = compute / lab_law_cost_of(&(lab_law_cost){.factor = cost->factor}, n, 1);
    if (!cost->function) return plain;
    return reach(cost_by_data, &(held){.cost = cost, .n = n}, log(plain), compute);
}

double lab_optimum_loss(const lab_law *law, const double *theta, const lab_law_cost *cost, double n,
                        double d)
{
    const bool overtrained = strcmp(law->column[0], "M") == 0;
    const double x[] = {overtrained ? d / n : n, overtrained ? lab_law_cost_of(cost, n, d) : d};
    return lab_law_predict(law, theta, x);
}

typedef struct {
    const lab_law *law;
    const double *theta;
    const lab_law_cost *cost;
    double compute;
} surface;

/* L where N is exp(t) and the rest of the compute goes to D. */
static double along(const surface *on, double t)
{
    double n = exp(t), d = lab_law_cost_data(on->cost, n, on->compute);
    return d > 0 ? lab_optimum_loss(on->law, on->theta, on->cost, n, d) : (double)INFINITY;
}

/* log N of the least L: one valley, cut at the golden section. */
static double search(const surface *on, double at)
{
    const double golden = (sqrt(5) - 1) / 2;
    double low = at - FAR / 2, high = at + FAR / 2;
    double left = high - golden * (high - low), right = low + golden * (high - low);
    double l = along(on, left), r = along(on, right);
    while (high - low > NEAR) {
        if (l < r || (isinf(r) && isinf(l))) { /* too large a model costs more than there is */
            high = right;
            right = left, r = l;
            l = along(on, left = high - golden * (high - low));
        } else {
            low = left;
            left = right, l = r;
            r = along(on, right = low + golden * (high - low));
        }
    }
    return (low + high) / 2;
}

/* log N of the optimum where C = k N D, or NaN. */
static double closed_form(const surface *on)
{
    const double *theta = on->theta;
    double product =
        on->compute / lab_law_cost_of(&(lab_law_cost){.factor = on->cost->factor}, 1, 1);
    if (strcmp(on->law->column[0], "M") == 0) { /* E, a, b, eta: a M^eta = b M^-eta */
        double log_ratio = (theta[2] - theta[1]) / (2 * theta[3]);
        return theta[3] > 0 ? (log(product) - log_ratio) / 2 : (double)NAN;
    }
    double alpha = theta[3], beta = theta[4]; /* E, A, B, alpha, beta */
    if (!(alpha > 0 && beta > 0)) return (double)NAN;
    return (log(alpha / beta) + theta[1] - theta[2] + beta * log(product)) / (alpha + beta);
}

static bool nothing(lab_optimum *best, double compute)
{
    const double none = (double)NAN;
    *best = (lab_optimum){compute, none, none, none, none, none, none};
    return false;
}

bool lab_optimum_at(lab_optimum *best, const lab_law *law, const double *theta,
                    const lab_law_cost *cost, double compute)
{
    LAB_ASSERT(lab_optimum_knows(law));
    const surface on = {law, theta, cost, compute};
    double t = closed_form(&on);
    if (!isfinite(t)) return nothing(best, compute);
    if (cost->function) t = search(&on, t);
    double n = exp(t), d = lab_law_cost_data(cost, n, compute), loss = along(&on, t);
    if (!(n > 0 && d > 0 && isfinite(n) && isfinite(d))) return nothing(best, compute);
    *best = (lab_optimum){.compute = compute,
                          .n = n,
                          .d = d,
                          .ratio = d / n,
                          .loss = loss,
                          .penalty_small = along(&on, t - log(2)) - loss,
                          .penalty_large = along(&on, t + log(2)) - loss};
    return true;
}

bool lab_optimum_ratio(lab_optimum *at, const lab_law *law, const double *theta,
                       const lab_law_cost *cost, double compute, double ratio)
{
    lab_optimum best;
    bool known = lab_optimum_at(&best, law, theta, cost, compute);
    double n =
        sqrt(compute / (lab_law_cost_of(&(lab_law_cost){.factor = cost->factor}, 1, 1) * ratio));
    if (cost->function)
        n = reach(cost_by_size, &(held){.cost = cost, .ratio = ratio}, log(n), compute);
    if (!known || !(n > 0)) return nothing(at, compute);
    double loss = lab_optimum_loss(law, theta, cost, n, n * ratio);
    *at = (lab_optimum){.compute = compute,
                        .n = n,
                        .d = n * ratio,
                        .ratio = ratio,
                        .loss = loss,
                        .penalty_small = loss - best.loss,
                        .penalty_large = loss - best.loss};
    return true;
}

void lab_optimum_intervals(lab_optimum_band *band, const lab_draws *draws, const lab_law_cost *cost,
                           double compute, double ratio, double confidence)
{
    enum { FIELDS = 6 };
    const lab_interval none = {(double)NAN, (double)NAN};
    lab_interval *intervals[FIELDS] = {
        &band->n, &band->d, &band->ratio, &band->loss, &band->penalty_small, &band->penalty_large};
    double *values = lab_heap_take(FIELDS * draws->count * (isize)sizeof *values);
    int kept = 0;
    for (int d = 0; d < draws->count; d++) {
        const double *theta = draws->theta + d * draws->law->parameters;
        lab_optimum at;
        bool known = ratio > 0 ? lab_optimum_ratio(&at, draws->law, theta, cost, compute, ratio)
                               : lab_optimum_at(&at, draws->law, theta, cost, compute);
        if (!known) continue;
        const double fields[FIELDS] = {
            at.n, at.d, at.ratio, at.loss, at.penalty_small, at.penalty_large};
        for (int f = 0; f < FIELDS; f++) values[f * draws->count + kept] = fields[f];
        kept++;
    }
    band->lost = draws->count - kept;
    for (int f = 0; f < FIELDS; f++)
        *intervals[f] =
            kept < 2 ? none : lab_resample_percentiles(values + f * draws->count, kept, confidence);
    lab_heap_free(values);
}
