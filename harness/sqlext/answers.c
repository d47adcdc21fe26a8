#include "sqlext/answers.h"
#include "base/text.h"
#include "stats/correlation.h"
#include "stats/effect.h"
#include "stats/mean.h"
#include "stats/power_law.h"
#include "stats/resample.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
/* In the program SQLITE_CORE is defined, and the header below leaves sqlite3_* alone. */
#include <sqlite3ext.h>
SQLITE_EXTENSION_INIT3

enum { PAIRS_MIN = 3, PARTIAL_MIN = 4, BOOTSTRAP_MAX = 100000, JSON_SUBTYPE = 'J' };
static const double confidence_default = 0.95;
static const uint64_t seed = 0;

bool lab_answer_shall_end(sqlite3_context *context)
{
    const lab_answer_asked *asked = sqlite3_user_data(context);
    if (!asked->ended || !asked->ended(asked->owner)) return false;
    sqlite3_result_error_code(context, SQLITE_INTERRUPT);
    return true;
}

void lab_answer_refuse(sqlite3_context *context, const char *what, const char *found)
{
    const lab_answer_asked *asked = sqlite3_user_data(context);
    char text[200];
    (void)snprintf(text, sizeof text, "%s: %s: %.80s", asked->what->name, what, found);
    sqlite3_result_error(context, text, -1);
}

/* ---- results ---- */

static void give_real(sqlite3_context *context, double value)
{
    if (isfinite(value)) sqlite3_result_double(context, value); /* else NULL */
}

static void give_json(sqlite3_context *context, const char *json)
{
    sqlite3_result_text(context, json, -1, SQLITE_TRANSIENT);
    sqlite3_result_subtype(context, JSON_SUBTYPE);
}

/* A real in JSON, which has no word for nan; whole ones keep their .0, lest they divide as
 * integers. */
static lab_short json_real(double value)
{
    lab_short out = lab_short_real(value);
    size_t bytes = strlen(out.text);
    if (!isfinite(value)) return (lab_short){"null"};
    if (!strpbrk(out.text, ".e")) (void)snprintf(out.text + bytes, sizeof out.text - bytes, ".0");
    return out;
}

static void give_interval(sqlite3_context *context, lab_interval interval)
{
    char json[80];
    if (!isfinite(interval.low) || !isfinite(interval.high)) return;
    (void)snprintf(json, sizeof json, "[%s,%s]", json_real(interval.low).text,
                   json_real(interval.high).text);
    give_json(context, json);
}

/* Doubles that the caller gives back to sqlite3_free; NULL, and the error is set, without memory.
 */
static double *workspace(sqlite3_context *context, ptrdiff_t doubles)
{
    double *work = sqlite3_malloc64((sqlite3_uint64)doubles * sizeof *work);
    if (!work) sqlite3_result_error_nomem(context);
    return work;
}

/* ---- what goes together ---- */

static void give_corr(sqlite3_context *context, const lab_answer_rows *r)
{
    if (r->n < PAIRS_MIN) return;
    give_real(context, lab_correlation_pearson(r->value[0], r->value[1], NULL, r->n));
}

/* The ranks of so many columns, one behind the other, and room for more doubles, at least n, behind
 * them, as from workspace; NULL, too, where the statement shall end. */
static double *ranked(sqlite3_context *context, const lab_answer_rows *r, int columns,
                      ptrdiff_t more)
{
    double *work = workspace(context, columns * r->n + more);
    for (int i = 0; work && i < columns; i++) {
        if (i > 0 && lab_answer_shall_end(context)) {
            sqlite3_free(work);
            return NULL;
        }
        lab_correlation_ranks(work + i * r->n, r->value[i], r->n, work + columns * r->n);
    }
    return work;
}

static void give_spearman(sqlite3_context *context, const lab_answer_rows *r)
{
    double *rank = r->n < PAIRS_MIN ? NULL : ranked(context, r, 2, r->n);
    if (!rank) return;
    give_real(context, lab_correlation_pearson(rank, rank + r->n, NULL, r->n));
    sqlite3_free(rank);
}

static void give_kendall(sqlite3_context *context, const lab_answer_rows *r)
{
    ptrdiff_t n = r->n;
    double *rank = n < PAIRS_MIN ? NULL : ranked(context, r, 2, lab_correlation_kendall_work(n));
    if (!rank) return;
    if (!lab_answer_shall_end(context))
        give_real(context, lab_correlation_kendall(rank, rank + n, NULL, n, rank + 2 * n));
    sqlite3_free(rank);
}

static void give_partial(sqlite3_context *context, const double *x, const double *y,
                         const double *z, ptrdiff_t n)
{
    give_real(context, lab_correlation_partial(lab_correlation_pearson(x, y, NULL, n),
                                               lab_correlation_pearson(x, z, NULL, n),
                                               lab_correlation_pearson(y, z, NULL, n)));
}

static void give_partial_corr(sqlite3_context *context, const lab_answer_rows *r)
{
    if (r->n >= PARTIAL_MIN) give_partial(context, r->value[0], r->value[1], r->value[2], r->n);
}

static void give_rank_partial(sqlite3_context *context, const lab_answer_rows *r)
{
    double *rank = r->n < PARTIAL_MIN ? NULL : ranked(context, r, 3, r->n);
    if (!rank) return;
    give_partial(context, rank, rank + r->n, rank + 2 * r->n, r->n);
    sqlite3_free(rank);
}

static void give_slope(sqlite3_context *context, const lab_answer_rows *r)
{
    give_real(context, lab_correlation_slope(r->value[0], r->value[1], r->n));
}

static void give_power_law(sqlite3_context *context, const lab_answer_rows *r)
{
    lab_power_law law;
    char json[400];
    lab_power_law_fit(&law, r->value[0], r->value[1], r->n, confidence_default);
    if (law.reason || !isfinite(law.a) || !isfinite(law.b)) return;
    (void)snprintf(json, sizeof json,
                   "{\"a\":%s,\"b\":%s,\"b_low\":%s,\"b_high\":%s,\"r2\":%s,\"n\":%td,"
                   "\"decades\":%s}",
                   json_real(law.a).text, json_real(law.b).text, json_real(law.b_interval.low).text,
                   json_real(law.b_interval.high).text, json_real(law.r2).text, law.n,
                   json_real(law.decades).text);
    give_json(context, json);
}

/* ---- one column ---- */

/* A sorted copy with room for more doubles behind it. */
static double *sorted_copy(sqlite3_context *context, const lab_answer_rows *r, ptrdiff_t more)
{
    double *copy = workspace(context, r->n + more);
    if (!copy) return NULL;
    memcpy(copy, r->value[0], (size_t)r->n * sizeof *copy);
    lab_resample_sort(copy, r->n);
    return copy;
}

static void give_quantile(sqlite3_context *context, const lab_answer_rows *r)
{
    double *sorted = sorted_copy(context, r, 0);
    if (!sorted) return;
    give_real(context, lab_resample_quantile(sorted, r->n, r->setting));
    sqlite3_free(sorted);
}

static double level_of(const lab_answer_rows *r)
{
    return r->set ? r->setting : confidence_default;
}

static void give_mean_ci(sqlite3_context *context, const lab_answer_rows *r)
{
    lab_mean sample = lab_mean_of(r->value[0], r->n);
    give_interval(context, lab_mean_interval(&sample, level_of(r)));
}

static void give_bootstrap(sqlite3_context *context, const lab_answer_rows *r)
{
    ptrdiff_t n = r->n, draw = 0;
    if (n > BOOTSTRAP_MAX) {
        lab_answer_refuse(context,
                          "too many rows (at most 100000): avg's own standard error is small here",
                          lab_short_real((double)n).text);
        return;
    }
    double *sorted = n < LAB_RESAMPLE_MIN ? NULL : sorted_copy(context, r, LAB_RESAMPLE_DRAWS);
    if (!sorted) return;
    for (; draw < LAB_RESAMPLE_DRAWS && !lab_answer_shall_end(context); draw++)
        sorted[n + draw] = lab_resample_mean(sorted, n, seed, (uint64_t)draw);
    if (draw == LAB_RESAMPLE_DRAWS)
        give_interval(context, lab_resample_percentiles(sorted + n, draw, level_of(r)));
    sqlite3_free(sorted);
}

/* ---- two groups ---- */

static void give_welch(sqlite3_context *context, const lab_answer_rows *r)
{
    const double *which = r->value[1];
    ptrdiff_t n_a = 0, n_b = 0;
    char json[400];
    lab_effect effect;
    for (ptrdiff_t i = 0; i < r->n; i++)
        if (which[i] < 0 || which[i] > 1 || which[i] > floor(which[i])) {
            lab_answer_refuse(context, "which group must be 0 or 1", lab_short_real(which[i]).text);
            return;
        }
    double *sorted = workspace(context, r->n);
    if (!sorted) return;
    for (ptrdiff_t i = 0; i < r->n; i++)
        sorted[which[i] > 0 ? r->n - ++n_b : n_a++] = r->value[0][i];
    lab_effect_compute(&effect, &(lab_groups){sorted, sorted + n_a, n_a, n_b, false},
                       confidence_default);
    sqlite3_free(sorted);
    if (effect.reason) return;
    (void)snprintf(json, sizeof json,
                   "{\"delta\":%s,\"low\":%s,\"high\":%s,\"p\":%s,\"n_a\":%td,\"n_b\":%td}",
                   json_real(effect.difference).text, json_real(effect.interval.low).text,
                   json_real(effect.interval.high).text, json_real(effect.p).text, n_a, n_b);
    give_json(context, json);
}

const lab_answer lab_answers[] = {
    {"corr", 2, 2, false, give_corr},
    {"spearman", 2, 2, false, give_spearman},
    {"kendall", 2, 2, false, give_kendall},
    {"partial_corr", 3, 3, false, give_partial_corr},
    {"rank_partial", 3, 3, false, give_rank_partial},
    {"slope", 2, 2, false, give_slope},
    {"power_law", 2, 2, false, give_power_law},
    {"quantile", 2, 1, true, give_quantile},
    {"mean_ci", 1, 1, false, give_mean_ci},
    {"mean_ci", 2, 1, false, give_mean_ci},
    {"bootstrap_ci", 1, 1, false, give_bootstrap},
    {"bootstrap_ci", 2, 1, false, give_bootstrap},
    {"welch", 2, 2, false, give_welch},
    {NULL, 0, 0, false, NULL},
};
