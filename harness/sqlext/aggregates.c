/* Rows are gathered, and counted upon when an answer is asked for. A window gives rows up in the
 * order in which it took them, so that leaving the first out is all there is to sliding on. */
#include "base/text.h"
#include "sqlext/answers.h"
#include <math.h>
#include <string.h>
/* In the program SQLITE_CORE is defined, and the header below leaves sqlite3_* alone. */
#include <sqlite3ext.h>

#include "sqlext/aggregates.h"
SQLITE_EXTENSION_INIT1

typedef struct {
    double *column[LAB_ANSWER_VALUES]; /* owned; as many as the aggregate has values */
    ptrdiff_t first, end, capacity;    /* rows [first, end) count */
    ptrdiff_t infinite;                /* rows in the window that are not finite, and not above */
    double setting;                    /* p or level */
    bool set;
} sample;

static const lab_answer *answer_of(sqlite3_context *context)
{
    const lab_answer_asked *asked = sqlite3_user_data(context);
    return asked->what;
}

/* ---- rows ---- */

/* False, and the error is set, where the value is no number. Text is never read as 0. */
static bool number_of(sqlite3_context *context, sqlite3_value *value, double *out)
{
    int type = sqlite3_value_numeric_type(value);
    *out = sqlite3_value_double(value);
    if (type == SQLITE_INTEGER || type == SQLITE_FLOAT) return true;
    lab_answer_refuse(context, "this is no number",
                      type == SQLITE_TEXT ? (const char *)sqlite3_value_text(value)
                                          : (type == SQLITE_NULL ? "NULL" : "a blob"));
    return false;
}

static bool take_setting(sqlite3_context *context, sqlite3_value *value, sample *s)
{
    double setting;
    bool ends = answer_of(context)->ends;
    if (!number_of(context, value, &setting)) return false;
    if (!(ends ? setting >= 0 && setting <= 1 : setting > 0 && setting < 1)) {
        lab_answer_refuse(context, ends ? "must be from 0 to 1" : "must be above 0 and below 1",
                          lab_short_real(setting).text);
        return false;
    }
    if (s->set && (setting < s->setting || setting > s->setting)) {
        lab_answer_refuse(context, "must be the same in all rows; here is another",
                          lab_short_real(setting).text);
        return false;
    }
    s->setting = setting;
    s->set = true;
    return true;
}

/* Room for one row more; what a window has left behind is given up first. */
static bool reserve(sample *s, int values)
{
    if (s->end < s->capacity) return true;
    if (s->first > s->capacity / 2) {
        size_t bytes = (size_t)(s->end - s->first) * sizeof(double);
        for (int i = 0; i < values; i++) memmove(s->column[i], s->column[i] + s->first, bytes);
        s->end -= s->first;
        s->first = 0;
        return true;
    }
    ptrdiff_t capacity = s->capacity * 2 + 64;
    for (int i = 0; i < values; i++) {
        double *grown = sqlite3_realloc64(s->column[i], (sqlite3_uint64)capacity * sizeof *grown);
        if (!grown) return false;
        s->column[i] = grown;
    }
    s->capacity = capacity;
    return true;
}

/* Whether a row counts: no value in it is NULL. */
static bool whole(sqlite3_value **values, int count)
{
    for (int i = 0; i < count; i++)
        if (sqlite3_value_type(values[i]) == SQLITE_NULL) return false;
    return true;
}

static void step(sqlite3_context *context, int count, sqlite3_value **values)
{
    const lab_answer *what = answer_of(context);
    sample *s = sqlite3_aggregate_context(context, sizeof *s);
    double row[LAB_ANSWER_VALUES];
    bool bounded = true;
    if (!s) {
        sqlite3_result_error_nomem(context);
        return;
    }
    if (count > what->values && !take_setting(context, values[what->values], s)) return;
    if (!whole(values, what->values)) return;
    for (int i = 0; i < what->values; i++) {
        if (!number_of(context, values[i], &row[i])) return;
        bounded = bounded && isfinite(row[i]);
    }
    if (!bounded) {
        s->infinite++;
        return;
    }
    if (!reserve(s, what->values)) {
        sqlite3_result_error_nomem(context);
        return;
    }
    for (int i = 0; i < what->values; i++) s->column[i][s->end] = row[i];
    s->end++;
}

/* The oldest row leaves the window. */
static void inverse(sqlite3_context *context, int count, sqlite3_value **values)
{
    sample *s = sqlite3_aggregate_context(context, 0);
    int wanted = answer_of(context)->values;
    bool bounded = true;
    (void)count;
    if (!s || !whole(values, wanted)) return;
    for (int i = 0; i < wanted; i++) bounded = bounded && isfinite(sqlite3_value_double(values[i]));
    if (bounded)
        s->first++;
    else
        s->infinite--;
}

static void value(sqlite3_context *context)
{
    const sample *s = sqlite3_aggregate_context(context, 0);
    const lab_answer *what = answer_of(context);
    if (!s || s->infinite > 0 || s->end == s->first || lab_answer_shall_end(context)) return;
    lab_answer_rows rows = {.n = s->end - s->first, .setting = s->setting, .set = s->set};
    for (int i = 0; i < what->values; i++) rows.value[i] = s->column[i] + s->first;
    what->give(context, &rows);
}

static void final(sqlite3_context *context)
{
    sample *s = sqlite3_aggregate_context(context, 0);
    value(context);
    for (int i = 0; s && i < LAB_ANSWER_VALUES; i++) sqlite3_free(s->column[i]);
}

/* ---- registration ---- */

#ifndef SQLITE_RESULT_SUBTYPE /* which newer releases want to be told of */
#define SQLITE_RESULT_SUBTYPE 0
#endif

int lab_aggregates_register(sqlite3 *db, int (*ended)(void *owner), void *owner)
{
    const int flags = SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_INNOCUOUS | SQLITE_RESULT_SUBTYPE;
    int code = SQLITE_OK;
    for (const lab_answer *what = lab_answers; code == SQLITE_OK && what->name; what++) {
        lab_answer_asked *asked = sqlite3_malloc64(sizeof *asked);
        if (!asked) return SQLITE_NOMEM;
        *asked = (lab_answer_asked){what, ended, owner};
        code = sqlite3_create_window_function(db, what->name, what->arguments, flags, asked, step,
                                              final, value, inverse,
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
