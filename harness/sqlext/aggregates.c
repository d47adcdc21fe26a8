/* Rows are gathered, and counted upon when an answer is asked for. A window gives rows up in the
 * order in which it took them, so that leaving the first out is all there is to sliding on. */
#include "base/text.h"
#include "stats/correlation.h"
#include "stats/power_law.h"
#include "stats/resample.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
/* In the program SQLITE_CORE is defined, and the header below leaves sqlite3_* alone. */
#include <sqlite3ext.h>

#include "sqlext/aggregates.h"
SQLITE_EXTENSION_INIT1

enum { PAIRS_MIN = 3, BOOTSTRAP_MAX = 100000, JSON_SUBTYPE = 'J' };
static const double confidence_default = 0.95;
static const uint64_t seed = 0;

typedef struct {
    double *x, *y;                  /* owned; of the rows taken; y of aggregates over pairs alone */
    ptrdiff_t first, end, capacity; /* rows [first, end) count */
    ptrdiff_t infinite;             /* rows in the window that are not finite, and so not above */
    double setting;                 /* p or level */
    bool set;
} sample;

typedef void answer(sqlite3_context *context, const sample *rows);
typedef struct {
    const char *name;
    int arguments;
    bool pairs; /* the second argument is a value, not a setting */
    bool ends;  /* a setting may be 0 or 1, too */
    answer *give;
} aggregate;

typedef struct {
    const aggregate *what;
    int (*ended)(void *owner);
    void *owner;
} registered;

static const aggregate *aggregate_of(sqlite3_context *context)
{
    const registered *self = sqlite3_user_data(context);
    return self->what;
}

/* Whether the statement shall end; the error is set then. */
static bool shall_end(sqlite3_context *context)
{
    const registered *self = sqlite3_user_data(context);
    if (!self->ended || !self->ended(self->owner)) return false;
    sqlite3_result_error_code(context, SQLITE_INTERRUPT);
    return true;
}

static void refuse(sqlite3_context *context, const char *what, const char *found)
{
    char text[200];
    (void)snprintf(text, sizeof text, "%s: %s: %.80s", aggregate_of(context)->name, what, found);
    sqlite3_result_error(context, text, -1);
}

/* ---- answers ---- */

static void give_real(sqlite3_context *context, double value)
{
    if (isfinite(value)) sqlite3_result_double(context, value); /* else NULL */
}

static void give_json(sqlite3_context *context, const char *json)
{
    sqlite3_result_text(context, json, -1, SQLITE_TRANSIENT);
    sqlite3_result_subtype(context, JSON_SUBTYPE);
}

/* Doubles that the caller gives back to sqlite3_free; NULL, and the error is set, without memory.
 */
static double *workspace(sqlite3_context *context, ptrdiff_t doubles)
{
    double *work = sqlite3_malloc64((sqlite3_uint64)doubles * sizeof *work);
    if (!work) sqlite3_result_error_nomem(context);
    return work;
}

static void give_corr(sqlite3_context *context, const sample *s)
{
    ptrdiff_t n = s->end - s->first;
    if (n < PAIRS_MIN) return;
    give_real(context, lab_correlation_pearson(s->x + s->first, s->y + s->first, NULL, n));
}

static void give_spearman(sqlite3_context *context, const sample *s)
{
    ptrdiff_t n = s->end - s->first;
    double *work = n < PAIRS_MIN ? NULL : workspace(context, 3 * n);
    if (!work) return;
    lab_correlation_ranks(work, s->x + s->first, n, work + 2 * n);
    if (!shall_end(context)) {
        lab_correlation_ranks(work + n, s->y + s->first, n, work + 2 * n);
        give_real(context, lab_correlation_pearson(work, work + n, NULL, n));
    }
    sqlite3_free(work);
}

static void give_slope(sqlite3_context *context, const sample *s)
{
    give_real(context, lab_correlation_slope(s->x + s->first, s->y + s->first, s->end - s->first));
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

static void give_power_law(sqlite3_context *context, const sample *s)
{
    lab_power_law law;
    char json[400];
    lab_power_law_fit(&law, s->x + s->first, s->y + s->first, s->end - s->first,
                      confidence_default);
    if (law.reason || !isfinite(law.a) || !isfinite(law.b)) return;
    (void)snprintf(json, sizeof json,
                   "{\"a\":%s,\"b\":%s,\"b_low\":%s,\"b_high\":%s,\"r2\":%s,\"n\":%td,"
                   "\"decades\":%s}",
                   json_real(law.a).text, json_real(law.b).text, json_real(law.b_interval.low).text,
                   json_real(law.b_interval.high).text, json_real(law.r2).text, law.n,
                   json_real(law.decades).text);
    give_json(context, json);
}

/* A sorted copy with room for more doubles behind it. */
static double *sorted_copy(sqlite3_context *context, const sample *s, ptrdiff_t more)
{
    ptrdiff_t n = s->end - s->first;
    double *copy = workspace(context, n + more);
    if (!copy) return NULL;
    memcpy(copy, s->x + s->first, (size_t)n * sizeof *copy);
    lab_resample_sort(copy, n);
    return copy;
}

static void give_quantile(sqlite3_context *context, const sample *s)
{
    double *sorted = sorted_copy(context, s, 0);
    if (!sorted) return;
    give_real(context, lab_resample_quantile(sorted, s->end - s->first, s->setting));
    sqlite3_free(sorted);
}

static void give_interval(sqlite3_context *context, lab_interval interval)
{
    char json[80];
    if (!isfinite(interval.low) || !isfinite(interval.high)) return;
    (void)snprintf(json, sizeof json, "[%s,%s]", json_real(interval.low).text,
                   json_real(interval.high).text);
    give_json(context, json);
}

static void give_bootstrap(sqlite3_context *context, const sample *s)
{
    ptrdiff_t n = s->end - s->first, draw = 0;
    if (n > BOOTSTRAP_MAX) {
        refuse(context, "too many rows (at most 100000): avg's own standard error is small here",
               lab_short_real((double)n).text);
        return;
    }
    double *sorted = n < LAB_RESAMPLE_MIN ? NULL : sorted_copy(context, s, LAB_RESAMPLE_DRAWS);
    if (!sorted) return;
    for (; draw < LAB_RESAMPLE_DRAWS && !shall_end(context); draw++)
        sorted[n + draw] = lab_resample_mean(sorted, n, seed, (uint64_t)draw);
    if (draw == LAB_RESAMPLE_DRAWS)
        give_interval(context, lab_resample_percentiles(sorted + n, draw,
                                                        s->set ? s->setting : confidence_default));
    sqlite3_free(sorted);
}

static const aggregate aggregates[] = {
    {"corr", 2, true, false, give_corr},
    {"spearman", 2, true, false, give_spearman},
    {"slope", 2, true, false, give_slope},
    {"power_law", 2, true, false, give_power_law},
    {"quantile", 2, false, true, give_quantile},
    {"bootstrap_ci", 1, false, false, give_bootstrap},
    {"bootstrap_ci", 2, false, false, give_bootstrap},
};

/* ---- rows ---- */

/* False, and the error is set, where the value is no number. Text is never read as 0. */
static bool number_of(sqlite3_context *context, sqlite3_value *value, double *out)
{
    int type = sqlite3_value_numeric_type(value);
    *out = sqlite3_value_double(value);
    if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) return true;
    refuse(context, "this is no number",
           type == SQLITE_TEXT ? (const char *)sqlite3_value_text(value)
                               : (type == SQLITE_NULL ? "NULL" : "a blob"));
    return false;
}

static bool take_setting(sqlite3_context *context, sqlite3_value *value, sample *s)
{
    double setting;
    bool ends = aggregate_of(context)->ends;
    if (!number_of(context, value, &setting)) return false;
    if (!(ends ? setting >= 0 && setting <= 1 : setting > 0 && setting < 1)) {
        refuse(context, ends ? "must be from 0 to 1" : "must be above 0 and below 1",
               lab_short_real(setting).text);
        return false;
    }
    if (s->set && (setting < s->setting || setting > s->setting)) {
        refuse(context, "must be the same in all rows; here is another",
               lab_short_real(setting).text);
        return false;
    }
    s->setting = setting;
    s->set = true;
    return true;
}

/* Room for one row more; what a window has left behind is given up first. */
static bool reserve(sample *s, bool pairs)
{
    if (s->end < s->capacity) return true;
    if (s->first > s->capacity / 2) {
        size_t bytes = (size_t)(s->end - s->first) * sizeof *s->x;
        memmove(s->x, s->x + s->first, bytes);
        if (pairs) memmove(s->y, s->y + s->first, bytes);
        s->end -= s->first;
        s->first = 0;
        return true;
    }
    ptrdiff_t capacity = s->capacity * 2 + 64;
    sqlite3_uint64 bytes = (sqlite3_uint64)capacity * sizeof *s->x;
    double *x = sqlite3_realloc64(s->x, bytes);
    if (x) s->x = x;
    double *y = x && pairs ? sqlite3_realloc64(s->y, bytes) : NULL;
    if (y) s->y = y;
    if (!x || (pairs && !y)) return false;
    s->capacity = capacity;
    return true;
}

/* Whether a row counts: no value in it is NULL. */
static bool whole(sqlite3_context *context, sqlite3_value **values)
{
    return sqlite3_value_type(values[0]) != SQLITE_NULL &&
           (!aggregate_of(context)->pairs || sqlite3_value_type(values[1]) != SQLITE_NULL);
}

static void step(sqlite3_context *context, int count, sqlite3_value **values)
{
    const aggregate *what = aggregate_of(context);
    sample *s = sqlite3_aggregate_context(context, sizeof *s);
    double x, y = 0;
    if (!s) {
        sqlite3_result_error_nomem(context);
        return;
    }
    if (count == 2 && !what->pairs && !take_setting(context, values[1], s)) return;
    if (!whole(context, values)) return;
    if (!number_of(context, values[0], &x)) return;
    if (what->pairs && !number_of(context, values[1], &y)) return;
    if (!isfinite(x) || !isfinite(y)) {
        s->infinite++;
        return;
    }
    if (!reserve(s, what->pairs)) {
        sqlite3_result_error_nomem(context);
        return;
    }
    s->x[s->end] = x;
    if (what->pairs) s->y[s->end] = y;
    s->end++;
}

/* The oldest row leaves the window. */
static void inverse(sqlite3_context *context, int count, sqlite3_value **values)
{
    sample *s = sqlite3_aggregate_context(context, sizeof *s);
    (void)count;
    if (!s || !whole(context, values)) return;
    bool pairs = aggregate_of(context)->pairs;
    if (!isfinite(sqlite3_value_double(values[0])) ||
        (pairs && !isfinite(sqlite3_value_double(values[1]))))
        s->infinite--;
    else
        s->first++;
}

static void value(sqlite3_context *context)
{
    const sample *s = sqlite3_aggregate_context(context, 0);
    if (s && s->infinite == 0 && s->end > s->first && !shall_end(context))
        aggregate_of(context)->give(context, s);
}

static void final(sqlite3_context *context)
{
    sample *s = sqlite3_aggregate_context(context, 0);
    value(context);
    if (!s) return;
    sqlite3_free(s->x);
    sqlite3_free(s->y);
}

/* ---- registration ---- */

#ifndef SQLITE_RESULT_SUBTYPE /* which newer releases want to be told of */
#define SQLITE_RESULT_SUBTYPE 0
#endif

int lab_aggregates_register(sqlite3 *db, int (*ended)(void *owner), void *owner)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS | SQLITE_RESULT_SUBTYPE;
    int code = SQLITE_OK;
    for (size_t i = 0; code == SQLITE_OK && i < sizeof aggregates / sizeof *aggregates; i++) {
        registered *self = sqlite3_malloc64(sizeof *self);
        if (!self) return SQLITE_NOMEM;
        *self = (registered){&aggregates[i], ended, owner};
        code = sqlite3_create_window_function(db, aggregates[i].name, aggregates[i].arguments,
                                              flags, self, step, final, value, inverse,
                                              sqlite3_free); /* called if this fails, too */
    }
    return code;
}

#ifndef SQLITE_CORE
__attribute__((visibility("default"))) int sqlite3_extension_init(sqlite3 *db, char **error,
                                                                  const sqlite3_api_routines *api);

#if SQLITE_VERSION_NUMBER >= 3041000
static int interrupted(void *db)
{
    return sqlite3_is_interrupted(db);
}
#endif

/* What SQLite looks for in an extension. */
int sqlite3_extension_init(sqlite3 *db, char **error, const sqlite3_api_routines *api)
{
    (void)error;
    SQLITE_EXTENSION_INIT2(api);
#if SQLITE_VERSION_NUMBER >= 3041000
    if (sqlite3_libversion_number() >= 3041000) /* older ones cannot tell */
        return lab_aggregates_register(db, interrupted, db);
#endif
    return lab_aggregates_register(db, NULL, NULL);
}
#endif
