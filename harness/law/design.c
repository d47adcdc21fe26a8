#include "law/design.h"
#include "base/heap.h"
#include "stats/resample.h"
#include <math.h>
#include <string.h>

static const double FENCE = 3;   /* widths of the central half beyond its ends */
static const double STEP = 1e-4; /* of differences, relative to a parameter */

static double coordinate(const lab_law *law, int p, double theta)
{
    return law->parameter[p].floor ? exp(theta) : theta;
}

/* ---- covariance ---- */

/* Between which values draws of a parameter are kept. */
static lab_interval fences(const double *values, int count)
{
    double *sorted = lab_heap_take(count * (isize)sizeof *sorted);
    memcpy(sorted, values, (size_t)count * sizeof *sorted);
    lab_resample_sort(sorted, count);
    double low = lab_resample_quantile(sorted, count, 0.25);
    double high = lab_resample_quantile(sorted, count, 0.75), width = high - low;
    lab_heap_free(sorted);
    return (lab_interval){low - FENCE * width, high + FENCE * width};
}

/* Covariance [k, k] of u [k, count] over the draws that are kept. */
static void covary(double *covariance, const double *u, const bool *kept, int k, int count)
{
    double mean[LAB_LAW_PARAMETERS] = {0}, seen = 0;
    memset(covariance, 0, (size_t)(k * k) * sizeof *covariance);
    for (int d = 0; d < count; d++) {
        double from[LAB_LAW_PARAMETERS];
        if (!kept[d]) continue;
        seen++;
        for (int p = 0; p < k; p++) {
            from[p] = u[p * count + d] - mean[p];
            mean[p] += from[p] / seen;
        }
        for (int p = 0; p < k; p++)
            for (int q = 0; q < k; q++)
                covariance[p * k + q] += from[p] * (u[q * count + d] - mean[q]);
    }
    for (int i = 0; i < k * k; i++) covariance[i] /= seen > 1 ? seen - 1 : 1;
}

void lab_design_init(lab_design *design, const lab_fit *fit, const lab_draws *draws, bool logs)
{
    const lab_law *law = fit->law;
    const int k = law->parameters;
    int count = 0;
    LAB_ASSERT(!fit->reason && draws->law == law);
    *design =
        (lab_design){.law = law, .logs = logs, .residual = fit->residual_sd * fit->residual_sd};
    double *u = lab_heap_take(k * draws->count * (isize)sizeof *u);
    bool *kept = lab_heap_take(draws->count * (isize)sizeof *kept);
    for (int d = 0; d < draws->count; d++) {
        if (lab_draws_lost(draws, d)) continue;
        for (int p = 0; p < k; p++)
            u[p * draws->count + count] = coordinate(law, p, draws->theta[d * k + p]);
        kept[count++] = true;
    }
    for (int p = 0; p < k; p++) {
        design->at[p] = coordinate(law, p, fit->theta[p]);
        if (count == 0) continue;
        const double *values = u + p * draws->count;
        lab_interval inside = fences(values, count);
        for (int d = 0; d < count; d++)
            kept[d] &= values[d] >= inside.low && values[d] <= inside.high;
    }
    design->lost = draws->count;
    for (int d = 0; d < count; d++) design->lost -= kept[d];
    covary(design->covariance, u, kept, k, draws->count);
    lab_heap_free(kept);
    lab_heap_free(u);
}

/* ---- slopes ---- */

static double target_at(const lab_design *design, lab_draws_function *target, const void *context,
                        const double *u)
{
    double theta[LAB_LAW_PARAMETERS];
    for (int p = 0; p < design->law->parameters; p++)
        theta[p] = design->law->parameter[p].floor ? log(u[p]) : u[p];
    return target(context, theta);
}

bool lab_design_aim(lab_design *design, lab_draws_function *target, const void *context)
{
    double u[LAB_LAW_PARAMETERS];
    bool known = true;
    memcpy(u, design->at, sizeof u);
    for (int p = 0; p < design->law->parameters; p++) {
        const bool floor = design->law->parameter[p].floor;
        const double at = design->at[p], step = STEP * (floor ? at : fmax(fabs(at), 0.01));
        u[p] = at + step;
        double up = target_at(design, target, context, u);
        u[p] = at - step;
        double down = target_at(design, target, context, u);
        u[p] = at;
        design->target[p] = (up - down) / (2 * step);
        known &= isfinite(design->target[p]);
    }
    return known;
}

void lab_design_slope(const lab_design *design, const double *x, double *slope)
{
    const lab_law *law = design->law;
    double theta[LAB_LAW_PARAMETERS], feature[LAB_LAW_TERMS];
    for (int p = 0; p < law->parameters; p++)
        theta[p] = law->parameter[p].floor ? log(design->at[p]) : design->at[p];
    lab_law_feature(law, x, feature);
    double response = lab_law_response(law, theta, feature, slope);
    const bool powers = law->kind == LAB_LAW_POWERS;
    for (int p = 0; p < law->parameters; p++) {
        if (law->parameter[p].floor) slope[p] /= design->at[p];
        if (powers && !design->logs) slope[p] *= exp(response);
    }
}

/* ---- what runs are worth ---- */

/* S J in product; gives J' S J. */
static double spread(const lab_design *design, const double *slope, double *product)
{
    const int k = design->law->parameters;
    double sum = 0;
    for (int p = 0; p < k; p++) {
        product[p] = 0;
        for (int q = 0; q < k; q++) product[p] += design->covariance[p * k + q] * slope[q];
        sum += slope[p] * product[p];
    }
    return sum;
}

double lab_design_variance(const lab_design *design)
{
    double product[LAB_LAW_PARAMETERS];
    return spread(design, design->target, product);
}

double lab_design_gain(const lab_design *design, const double *slope, int runs)
{
    double product[LAB_LAW_PARAMETERS], shared = 0;
    double variance = design->residual / runs + spread(design, slope, product);
    for (int p = 0; p < design->law->parameters; p++) shared += design->target[p] * product[p];
    return variance > 0 ? shared * shared / variance : 0;
}

void lab_design_take(lab_design *design, const double *slope, int runs)
{
    const int k = design->law->parameters;
    double product[LAB_LAW_PARAMETERS];
    double variance = design->residual / runs + spread(design, slope, product);
    if (!(variance > 0)) return;
    for (int p = 0; p < k; p++)
        for (int q = 0; q < k; q++)
            design->covariance[p * k + q] -= product[p] * product[q] / variance;
}

int lab_design_choose(lab_design *design, const lab_design_candidate *candidates, isize n,
                      const lab_design_limit *limit, isize *chosen)
{
    bool *taken = lab_heap_take(n * (isize)sizeof *taken);
    double left = limit->budget, slope[LAB_LAW_PARAMETERS];
    int count = 0;
    while (count < limit->count) {
        isize best = -1;
        double most = 0;
        for (isize i = 0; i < n; i++) {
            if (taken[i] || candidates[i].cost > left) continue;
            lab_design_slope(design, candidates[i].x, slope);
            double worth = lab_design_gain(design, slope, limit->runs) / candidates[i].cost;
            if (!(worth > most)) continue;
            most = worth;
            best = i;
        }
        if (best < 0) break;
        lab_design_slope(design, candidates[best].x, slope);
        lab_design_take(design, slope, limit->runs);
        left -= candidates[best].cost;
        taken[best] = true;
        chosen[count++] = best;
    }
    lab_heap_free(taken);
    return count;
}
