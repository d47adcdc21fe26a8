#include "base/heap.h"
#include "law/checked.h"
#include "law/holdout.h"
#include "stats/resample.h"
#include <math.h>
#include <string.h>

enum { BASINS_SHOWN = 3 }; /* which a sentence has room for */

static double value(const lab_fit *fit, int p)
{
    return lab_law_value(fit->law, p, fit->theta[p]);
}

void lab_check_rows(lab_check *out, const lab_checked *of)
{
    const int free = lab_fit_free(of->given->fit);
    lab_check_say(out, of->n < LAB_CHECK_ROWS * free,
                  "%td rows for %d free parameters; at least %d for each: with fewer, the law goes "
                  "through rows whatever they are",
                  of->n, free, LAB_CHECK_ROWS);
}

void lab_check_condition(lab_check *out, const lab_checked *of)
{
    double condition = of->given->fit->condition;
    lab_check_say(out, !(condition <= LAB_CHECK_CONDITION),
                  "the Jacobian of the fit has condition %.3g; at most %d: above, other parameters "
                  "fit these rows as well",
                  condition, LAB_CHECK_CONDITION);
}

void lab_check_bounds(lab_check *out, const lab_checked *of)
{
    const lab_fit *fit = of->given->fit;
    lab_check_say(out, fit->at_bound != 0, fit->at_bound ? "at a bound:" : "none is reached");
    for (int p = 0; p < fit->law->parameters; p++) {
        const lab_law_parameter *parameter = &fit->law->parameter[p];
        if (!(fit->at_bound >> p & 1)) continue;
        bool low = fit->theta[p] - fit->low[p] < fit->high[p] - fit->theta[p];
        lab_check_add(out, " %s %.4g", parameter->name, value(fit, p));
        if (parameter->floor)
            lab_check_add(out, low ? " (no floor at all)" : " (the least %s)", fit->law->response);
    }
}

void lab_check_plausible(lab_check *out, const lab_checked *of)
{
    const lab_fit *fit = of->given->fit;
    int limits = 0;
    lab_check_say(out, false, "values:");
    for (int p = 0; p < fit->law->parameters; p++) {
        const lab_law_parameter *parameter = &fit->law->parameter[p];
        if (isnan(parameter->plausible_low)) continue;
        limits++;
        bool good =
            value(fit, p) >= parameter->plausible_low && value(fit, p) <= parameter->plausible_high;
        if (!good) out->verdict = LAB_CHECK_FAILED;
        lab_check_add(out, " %s %.4g (%s %.3g to %.3g)", parameter->name, value(fit, p),
                      good ? "in" : "not in", parameter->plausible_low, parameter->plausible_high);
    }
    if (limits == 0)
        lab_check_lacks(out, "the law's parameters have no limits of what is plausible");
}

void lab_check_basins(lab_check *out, const lab_checked *of)
{
    const lab_fit *fit = of->given->fit;
    const lab_law *law = fit->law;
    lab_check_say(out, fit->basin_count > 1, "%d within 1 %% of the best objective",
                  fit->basin_count);
    const int shown = fit->basin_count < BASINS_SHOWN ? fit->basin_count : BASINS_SHOWN;
    for (int b = 0; b < shown && fit->basin_count > 1; b++) {
        lab_check_add(out, "%s %.6g with", b ? "," : ":", fit->basins[b].objective);
        for (int p = 0; p < law->parameters; p++)
            if (!law->parameter[p].log || law->parameter[p].floor)
                lab_check_add(out, " %s %.3g", law->parameter[p].name,
                              lab_law_value(law, p, fit->basins[b].theta[p]));
    }
    if (shown < fit->basin_count) lab_check_add(out, ", and %d more", fit->basin_count - shown);
}

void lab_check_starts(lab_check *out, const lab_checked *of)
{
    const lab_fit *fit = of->given->fit;
    lab_check_say(out, fit->reached < LAB_CHECK_STARTS * fit->starts,
                  "%d of %d starts reached the best objective (%.0f %%); at least %.0f %%",
                  fit->reached, fit->starts, 100.0 * fit->reached / fit->starts,
                  100 * LAB_CHECK_STARTS);
}

void lab_check_approaches(lab_check *out, const lab_checked *of)
{
    const lab_approach *approaches = of->given->approaches;
    int known = 0;
    for (int i = 0; approaches && i < of->given->approach_count; i++)
        known += !isnan(approaches[i].n.interval.low);
    if (known < 2) {
        lab_check_lacks(out, "fewer than 2 approaches have an interval of the exponent a");
        return;
    }
    unsigned apart = lab_approach_disagree(approaches, of->given->approach_count);
    lab_check_say(out, apart != 0, "exponent a:");
    for (int i = 0; i < of->given->approach_count; i++) {
        const lab_approach_line *line = &approaches[i].n;
        if (isnan(line->interval.low)) continue;
        lab_check_add(out, " %s %.3f [%.3f, %.3f]", lab_approach_name((int)approaches[i].kind),
                      line->exponent, line->interval.low, line->interval.high);
    }
    if (apart) lab_check_add(out, "; some intervals lie apart");
}

/* ---- with and without what lies far off ---- */

/* Weights without the rows beyond LAB_CHECK_OUTLIER robust deviations of the median, the farthest
 * tenth at most. Returns how many. */
static isize without_outliers(const lab_checked *of, double *weight, double *farthest)
{
    double *sorted = of->work;
    isize out = 0;
    memcpy(sorted, of->rest, (size_t)of->n * sizeof *sorted);
    lab_resample_sort(sorted, of->n);
    double median = lab_resample_quantile(sorted, of->n, 0.5);
    for (isize i = 0; i < of->n; i++) sorted[i] = fabs(of->rest[i] - median);
    lab_resample_sort(sorted, of->n);
    double deviation = 1.4826 * lab_resample_quantile(sorted, of->n, 0.5); /* of normal ones */
    double limit = fmax(LAB_CHECK_OUTLIER * deviation, sorted[of->n - 1 - of->n / 10]);
    *farthest = sorted[of->n - 1] / deviation;
    for (isize i = 0; i < of->n; i++) {
        if (!(fabs(of->rest[i] - median) > limit)) continue;
        weight[of->row[i]] = 0;
        out++;
    }
    return out;
}

void lab_check_outliers(lab_check *out, const lab_checked *of)
{
    const lab_fit *fit = of->given->fit;
    const lab_law_data *data = of->given->data;
    double farthest, *weight = lab_heap_take((data->n + 1) * (isize)sizeof *weight);
    for (isize i = 0; i < of->n; i++)
        weight[of->row[i]] = of->given->weight ? of->given->weight[of->row[i]] : 1;
    isize taken = without_outliers(of, weight, &farthest);
    lab_check_say(out, false, "%td of %td rows lie beyond %d robust deviations", taken, of->n,
                  LAB_CHECK_OUTLIER);
    lab_fit again = {.reason = "as before"};
    if (taken > 0) {
        lab_law_rows rows = lab_law_data_rows(data, weight);
        lab_fit_options options = {
            .loss = fit->loss, .starts = LAB_HOLDOUT_STARTS, .fixed = fit->fixed, .warm = fit};
        memcpy(options.fixed_theta, fit->theta, sizeof options.fixed_theta);
        lab_fit_make(&again, &rows, &options);
        lab_check_add(out, " (the farthest %.1f)%s", farthest,
                      again.reason ? "; too few rows are left without them" : "; without them");
    }
    lab_heap_free(weight);
    for (int p = 0; p < fit->law->parameters && !again.reason; p++) {
        if (fit->law->parameter[p].log || fit->fixed >> p & 1) continue;
        if (fabs(value(&again, p) - value(fit, p)) > LAB_CHECK_MOVE * fabs(value(fit, p)))
            out->verdict = LAB_CHECK_FAILED;
        lab_check_add(out, " %s %.4g becomes %.4g,", fit->law->parameter[p].name, value(fit, p),
                      value(&again, p));
    }
    if (!again.reason) lab_check_add(out, " at most %.0f %% apart", 100 * LAB_CHECK_MOVE);
}
