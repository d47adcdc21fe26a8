#include "law/checked.h"
#include "law/symmetric.h"
#include "stats/correlation.h"
#include "stats/resample.h"
#include <math.h>
#include <string.h>

static const double SAME_LEVEL = 0.02; /* relative: below, two values are one level */
enum { TREND_MIN = 5 };                /* rows */

static double column(const lab_checked *of, isize i, int k)
{
    return lab_law_data_x(of->given->data, of->row[i], k);
}

static bool has_powers(const lab_checked *of)
{
    return of->given->data->law->kind == LAB_LAW_POWERS;
}

/* ---- where they lie ---- */

void lab_check_levels(lab_check *out, const lab_checked *of)
{
    const lab_law *law = of->given->data->law;
    if (!has_powers(of)) {
        lab_check_lacks(out, "a link's column has no decades");
        return;
    }
    lab_check_say(out, false, "distinct levels:");
    for (int k = 0; k < law->columns; k++) {
        int levels = 0;
        double last = 0;
        for (isize i = 0; i < of->n; i++) of->work[i] = column(of, i, k);
        lab_resample_sort(of->work, of->n);
        for (isize i = 0; i < of->n; i++) {
            if (i > 0 && of->work[i] <= last * (1 + SAME_LEVEL)) continue;
            last = of->work[i];
            levels++;
        }
        double decades = log10(of->work[of->n - 1] / of->work[0]);
        if (levels < LAB_CHECK_LEVELS * fmax(1, decades)) out->verdict = LAB_CHECK_FAILED;
        lab_check_add(out, "%s %d of %s in %.2f decades", k ? "," : "", levels, law->column[k],
                      decades);
    }
    lab_check_add(out, "; at least %d a decade", LAB_CHECK_LEVELS);
}

void lab_check_design(lab_check *out, const lab_checked *of)
{
    const lab_law *law = of->given->data->law;
    double mean[LAB_LAW_COLUMNS] = {0}, matrix[LAB_SYMMETRIC_MAX * LAB_SYMMETRIC_MAX] = {0};
    const int count = law->columns;
    if (!has_powers(of) || count < 2) {
        lab_check_lacks(out, "the law has one column");
        return;
    }
    for (isize i = 0; i < of->n; i++)
        for (int k = 0; k < count; k++)
            mean[k] += (log(column(of, i, k)) - mean[k]) / (double)(i + 1);
    for (isize i = 0; i < of->n; i++)
        for (int k = 0; k < count; k++)
            for (int j = 0; j < count; j++)
                matrix[k * count + j] +=
                    (log(column(of, i, k)) - mean[k]) * (log(column(of, i, j)) - mean[j]);
    for (int k = 0; k < count; k++) /* rounding of one level is no spread */
        if (matrix[k * (count + 1)] < 1e-20 * (double)of->n) matrix[k * (count + 1)] = 0;
    double condition = lab_symmetric_condition(matrix, count);
    lab_check_say(out, !(condition <= LAB_CHECK_DESIGN),
                  "logarithms of the columns have condition %.3g; at most %d: above, one column "
                  "tells what the other does, and their exponents cannot be told apart",
                  condition, LAB_CHECK_DESIGN);
}

static lab_interval range_of(const lab_checked *of, const double *values)
{
    lab_interval range = {(double)INFINITY, -(double)INFINITY};
    for (isize i = 0; i < of->n; i++) {
        range.low = fmin(range.low, values[of->row[i]]);
        range.high = fmax(range.high, values[of->row[i]]);
    }
    return range;
}

void lab_check_range(lab_check *out, const lab_checked *of)
{
    if (!of->given->compute) {
        lab_check_lacks_of(out, of, of->given->computes_missing,
                           "compute of the rows is not given");
        return;
    }
    lab_interval range = range_of(of, of->given->compute);
    double decades = log10(range.high / range.low);
    lab_check_say(out, decades < LAB_CHECK_RANGE,
                  "compute from %.3g to %.3g, %.2f decades; at least %.1f", range.low, range.high,
                  decades, LAB_CHECK_RANGE);
}

void lab_check_extrapolation(lab_check *out, const lab_checked *of)
{
    if (!(of->given->target > 0)) {
        lab_check_lacks(out, "no target is given");
        return;
    }
    if (!of->given->compute) {
        lab_check_lacks_of(out, of, of->given->computes_missing,
                           "compute of the rows is not given");
        return;
    }
    lab_interval range = range_of(of, of->given->compute);
    double beyond = log10(of->given->target / range.high);
    lab_check_say(out, beyond > LAB_CHECK_BEYOND,
                  "the target %.3g lies %.2f decades beyond the largest compute %.3g; at most %.1f",
                  of->given->target, fmax(beyond, 0), range.high, LAB_CHECK_BEYOND);
}

/* ---- what they leave ---- */

/* Spearman's rho of work[0 .. n) with the residuals, and the p of no relation: t of n - 2; NaN and
 * 1 where there is no spread. */
static double trend(const lab_checked *of, double *rho)
{
    double *ranks = of->work + of->n, *others = ranks + of->n;
    lab_correlation_ranks(ranks, of->work, of->n, others + of->n);
    lab_correlation_ranks(others, of->rest, of->n, of->work);
    *rho = lab_correlation_pearson(ranks, others, NULL, of->n);
    if (isnan(*rho)) return 1;
    double degrees = (double)of->n - 2;
    double t = fabs(*rho) * sqrt(degrees / fmax(1 - *rho * *rho, 1e-300));
    return 2 * lab_student_cdf(-t, degrees);
}

static void say_trend(lab_check *out, const lab_checked *of, const char *name)
{
    double rho, p = trend(of, &rho);
    if (p < LAB_CHECK_TREND) out->verdict = LAB_CHECK_FAILED;
    if (isnan(rho))
        lab_check_add(out, " over %s none (no spread);", name);
    else
        lab_check_add(out, " over %s %.2f (p %.2g);", name, rho, p);
}

static bool trend_begins(lab_check *out, const lab_checked *of, const void *given, const char *lack)
{
    if (of->n < TREND_MIN || !given) {
        lab_check_lacks(out, given ? "fewer than 5 rows" : lack);
        return false;
    }
    lab_check_say(out, false, "rank correlation of residuals");
    return true;
}

static void trend_ends(lab_check *out)
{
    lab_check_add(out, " p at least %.2g", LAB_CHECK_TREND);
}

void lab_check_trend_columns(lab_check *out, const lab_checked *of)
{
    const lab_law *law = of->given->data->law;
    if (!trend_begins(out, of, law, "")) return;
    for (int k = 0; k < law->columns; k++) {
        for (isize i = 0; i < of->n; i++) of->work[i] = column(of, i, k);
        say_trend(out, of, law->column[k]);
    }
    trend_ends(out);
}

static void trend_over(lab_check *out, const lab_checked *of, const double *values,
                       const char *name, const char *lack)
{
    if (!trend_begins(out, of, values, lack)) return;
    for (isize i = 0; i < of->n; i++) of->work[i] = values[of->row[i]];
    say_trend(out, of, name);
    trend_ends(out);
}

void lab_check_trend_compute(lab_check *out, const lab_checked *of)
{
    trend_over(out, of, of->given->compute, "C", "compute of the rows is not given");
}

void lab_check_trend_ratio(lab_check *out, const lab_checked *of)
{
    trend_over(out, of, of->given->ratio, "D/N", "D/N of the rows is not given");
}

/* ---- how they were made ---- */

typedef struct {
    isize runs; /* of its setting, with other seeds */
    double mean, squares;
} replicates;

/* Of the setting of row i, or runs 0 where an earlier row already told. */
static replicates replicates_of(const lab_checked *of, isize i)
{
    const lab_checks_given *given = of->given;
    const isize setting = given->setting[of->row[i]];
    replicates of_setting = {0};
    for (isize j = 0; j < of->n; j++) {
        isize row = of->row[j];
        bool again = given->setting[row] != setting;
        if (!again && j < i) return (replicates){0};
        for (isize k = i; k < j && !again; k++)
            again = given->seed && given->setting[of->row[k]] == setting &&
                    given->seed[of->row[k]] == given->seed[row];
        if (again) continue;
        double from = given->data->response[row] - of_setting.mean;
        of_setting.mean += from / (double)++of_setting.runs;
        of_setting.squares += from * (given->data->response[row] - of_setting.mean);
    }
    return of_setting;
}

void lab_check_seeds(lab_check *out, const lab_checked *of)
{
    double squares = 0, degrees = 0;
    isize single = 0, settings = 0, close = 0;
    if (!of->given->setting) {
        lab_check_lacks(out, "which rows differ in their seed alone is not given");
        return;
    }
    for (isize i = 0; i < of->n; i++) {
        replicates one = replicates_of(of, i);
        settings += one.runs > 0;
        if (one.runs == 1) of->work[single++] = one.mean;
        if (one.runs < 2) continue;
        squares += one.squares;
        degrees += (double)one.runs - 1;
    }
    if (!(degrees > 0)) {
        lab_check_say(out, true,
                      "no setting of %td has a second seed: how far seeds scatter is not known",
                      settings);
        return;
    }
    double deviation = sqrt(squares / degrees);
    lab_resample_sort(of->work, single);
    for (isize i = 1; i < single; i++)
        close += of->work[i] - of->work[i - 1] < LAB_CHECK_SEEDS * deviation;
    lab_check_say(out, close > 0,
                  "seeds scatter by %.3g (%.0f degrees of freedom); of %td settings with one seed "
                  "%td lie nearer than %.0f times that to the next one, and cannot be told from it",
                  deviation, degrees, single, close, LAB_CHECK_SEEDS);
}

/* That a run was cut short is not in its schedule's ends; that it never decayed is, and that others
 * ended on another share. */
void lab_check_decay(lab_check *out, const lab_checked *of)
{
    isize high = 0, other = 0;
    if (!of->given->decayed) {
        lab_check_lacks_of(out, of, of->given->decays_missing,
                           "how far learning rates decay is not given");
        return;
    }
    for (isize i = 0; i < of->n; i++) of->work[i] = of->given->decayed[of->row[i]];
    lab_resample_sort(of->work, of->n);
    double most = of->work[of->n - 1], least = of->work[0];
    double usual = lab_resample_quantile(of->work, of->n, 0.5);
    for (isize i = 0; i < of->n; i++) {
        high += of->work[i] < LAB_CHECK_DECAY;
        other += fabs(of->work[i] - usual) > LAB_CHECK_MIXED;
    }
    lab_check_say(out, high > 0 || other > 0, "learning rates end at %.3g to %.3g of their peaks",
                  1 - most, 1 - least);
    if (high > 0)
        lab_check_add(out, "; %td of %td rows above %.2g of it: their loss is too high", high,
                      of->n, 1 - LAB_CHECK_DECAY);
    if (other > 0)
        lab_check_add(out,
                      "; %td of %td rows end at another share than most: losses of mixed "
                      "schedules do not compare",
                      other, of->n);
}

void lab_check_protocol(lab_check *out, const lab_checked *of)
{
    const char *const *protocol = of->given->protocol;
    isize kinds = 0;
    if (!protocol) {
        lab_check_lacks(out, "how N, D and L were counted and measured is not given");
        return;
    }
    lab_check_say(out, false, "protocols:");
    for (isize i = 0; i < of->n; i++) {
        bool known = false;
        isize rows = 0;
        for (isize j = 0; j < of->n; j++) {
            if (strcmp(protocol[of->row[j]], protocol[of->row[i]]) != 0) continue;
            known = known || j < i;
            rows++;
        }
        if (known) continue;
        lab_check_add(out, "%s %s (%td rows)", kinds ? "," : "", protocol[of->row[i]], rows);
        kinds++;
    }
    if (kinds > 1) out->verdict = LAB_CHECK_FAILED;
}
