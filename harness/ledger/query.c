#include "base/heap.h"
#include "base/text.h"
#include "ledger/internal.h"
#include <ctype.h>
#include <math.h>
#include <string.h>

/* Takes the statement to the front, since what was asked for a moment ago is asked for again: a
 * point's commit takes three, and would else search through all that there are. */
static lab_query *find_compiled(lab_ledger *ledger, const char *kind, const char *name)
{
    for (lab_query **at = &ledger->compiled; *at; at = &(*at)->next) {
        lab_query *query = *at;
        if (strcmp(query->source->name, name) != 0 || strcmp(query->source->kind, kind) != 0)
            continue;
        *at = query->next;
        query->next = ledger->compiled;
        ledger->compiled = query;
        return query;
    }
    return NULL;
}

lab_status lab_query_open(lab_query **out, lab_ledger *ledger, const char *kind, const char *name,
                          lab_error *err)
{
    lab_query *kept = find_compiled(ledger, kind, name);
    *out = NULL;
    if (kept) {
        LAB_ASSERT(!kept->open);
        kept->open = true;
        *out = kept;
        return LAB_OK;
    }
    const lab_embedded *source = lab_embedded_find(lab_sql, kind, name);
    LAB_ASSERT(source);
    sqlite3_stmt *statement = NULL;
    if (sqlite3_prepare_v3(ledger->db, source->text, -1, SQLITE_PREPARE_PERSISTENT, &statement,
                           NULL) != SQLITE_OK)
        return lab_ledger_fail(ledger, name, err);
    lab_query *query = lab_heap_take(sizeof *query);
    *query = (lab_query){ledger, statement, source, ledger->compiled, true};
    ledger->compiled = query;
    *out = query;
    return LAB_OK;
}

/* Whether nothing but blanks, semicolons and comments is left. */
static bool is_empty(const lab_ledger *ledger, const char *rest)
{
    sqlite3_stmt *statement = NULL;
    int code = sqlite3_prepare_v2(ledger->db, rest, -1, &statement, NULL);
    bool empty = code == SQLITE_OK && !statement;
    (void)sqlite3_finalize(statement);
    return empty;
}

static lab_status text_check(const lab_ledger *ledger, int code, sqlite3_stmt *statement,
                             const char *rest, lab_error *err)
{
    if (code != SQLITE_OK && *ledger->refused)
        return lab_fail(err, LAB_ERR_CONFIG,
                        "this statement would write, or reach outside the ledger (%s); the ledger "
                        "is only read here",
                        ledger->refused);
    if (code != SQLITE_OK) return lab_fail(err, LAB_ERR_CONFIG, "%s", sqlite3_errmsg(ledger->db));
    if (!statement) return lab_fail(err, LAB_ERR_CONFIG, "there is no statement in this text");
    if (!sqlite3_stmt_readonly(statement))
        return lab_fail(err, LAB_ERR_CONFIG,
                        "this statement would write; the ledger is only read here");
    while (isspace((unsigned char)*rest) || *rest == ';') rest++;
    if (!is_empty(ledger, rest))
        return lab_fail(err, LAB_ERR_CONFIG,
                        "one statement at a time, please; a second begins at: %.40s", rest);
    return LAB_OK;
}

lab_status lab_query_open_text(lab_query **out, lab_ledger *ledger, const char *sql, lab_error *err)
{
    sqlite3_stmt *statement = NULL;
    const char *rest = "";
    *out = NULL;
    lab_guard_set(ledger, true);
    int code = sqlite3_prepare_v2(ledger->db, sql, -1, &statement, &rest);
    lab_status status = text_check(ledger, code, statement, rest, err);
    lab_guard_set(ledger, false);
    if (status != LAB_OK) {
        (void)sqlite3_finalize(statement);
        return status;
    }
    lab_query *query = lab_heap_take(sizeof *query);
    *query = (lab_query){ledger, statement, NULL, NULL, true};
    *out = query;
    return LAB_OK;
}

isize lab_query_statement(const char *text)
{
    lab_text part = {0};
    isize bytes = 0;
    for (const char *end = strchr(text, ';'); end && bytes == 0; end = strchr(end + 1, ';')) {
        lab_text_bytes(&part, text + part.length, end + 1 - text - part.length);
        if (sqlite3_complete(lab_text_of(&part))) bytes = part.length;
    }
    lab_text_finish(&part);
    return bytes;
}

void lab_query_close(lab_query **out)
{
    lab_query *query = *out;
    *out = NULL;
    if (!query) return;
    query->open = false;
    if (query->source) {
        (void)sqlite3_reset(query->statement);
        (void)sqlite3_clear_bindings(query->statement);
        return;
    }
    (void)sqlite3_finalize(query->statement);
    lab_heap_free(query);
}

/* ---- parameters ---- */

static int parameter(const lab_query *query, const char *name)
{
    int index = sqlite3_bind_parameter_index(query->statement, name);
    LAB_ASSERT(index > 0);
    return index;
}

void lab_query_bind_int(lab_query *query, const char *name, int64_t value)
{
    (void)sqlite3_bind_int64(query->statement, parameter(query, name), value);
}

void lab_query_bind_real(lab_query *query, const char *name, double value)
{
    (void)sqlite3_bind_double(query->statement, parameter(query, name), value);
}

void lab_query_bind_point(lab_query *query, double value)
{
    int kind = isfinite(value) ? 0 : isnan(value) ? 1 : 2 + (value < 0);
    lab_query_bind_int(query, ":kind", kind);
    lab_query_bind_real(query, ":value", kind == 0 ? value : (double)NAN);
}

void lab_query_bind_text(lab_query *query, const char *name, const char *value)
{
    (void)sqlite3_bind_text(query->statement, parameter(query, name), value, -1, SQLITE_TRANSIENT);
}

void lab_query_bind_null(lab_query *query, const char *name)
{
    (void)sqlite3_bind_null(query->statement, parameter(query, name));
}

int lab_query_parameters(const lab_query *query)
{
    return sqlite3_bind_parameter_count(query->statement);
}

const char *lab_query_parameter(const lab_query *query, int i)
{
    if (i >= sqlite3_bind_parameter_count(query->statement)) return NULL;
    return sqlite3_bind_parameter_name(query->statement, i + 1);
}

/* ---- rows ---- */

lab_status lab_query_step(lab_query *query, bool *row, lab_error *err)
{
    lab_guard_set(query->ledger, !query->source);
    int code = sqlite3_step(query->statement);
    lab_guard_set(query->ledger, false);
    *row = code == SQLITE_ROW;
    if (code == SQLITE_ROW) return LAB_OK;
    lab_status status = LAB_OK;
    if (code != SQLITE_DONE)
        status = lab_ledger_fail(query->ledger, query->source ? query->source->name : "query", err);
    (void)sqlite3_reset(query->statement);
    return status;
}

lab_status lab_query_run(lab_query *query, lab_error *err)
{
    bool row = true;
    lab_status status = LAB_OK;
    while (status == LAB_OK && row) status = lab_query_step(query, &row, err);
    return status;
}

void lab_query_reset(lab_query *query)
{
    (void)sqlite3_reset(query->statement);
}

int lab_query_columns(const lab_query *query)
{
    return sqlite3_column_count(query->statement);
}

const char *lab_query_name(const lab_query *query, int column)
{
    return sqlite3_column_name(query->statement, column);
}

int lab_query_column(const lab_query *query, const char *name)
{
    for (int i = 0; i < lab_query_columns(query); i++)
        if (strcmp(lab_query_name(query, i), name) == 0) return i;
    lab_assert_fail("the statement has a column of that name", __FILE__, __LINE__);
}

lab_type lab_query_type(const lab_query *query, int column)
{
    switch (sqlite3_column_type(query->statement, column)) {
    case SQLITE_NULL:
        return LAB_NULL;
    case SQLITE_INTEGER:
        return LAB_INT;
    case SQLITE_FLOAT:
        return LAB_REAL;
    case SQLITE_BLOB:
        return LAB_BLOB;
    default:
        return LAB_TEXT;
    }
}

bool lab_query_is_null(const lab_query *query, int column)
{
    return lab_query_type(query, column) == LAB_NULL;
}

int64_t lab_query_int(const lab_query *query, int column)
{
    return sqlite3_column_int64(query->statement, column);
}

double lab_query_real(const lab_query *query, int column)
{
    if (lab_query_is_null(query, column)) return (double)NAN;
    return sqlite3_column_double(query->statement, column);
}

const char *lab_query_text(const lab_query *query, int column)
{
    const unsigned char *text = sqlite3_column_text(query->statement, column);
    return text ? (const char *)text : "";
}

const void *lab_query_bytes(const lab_query *query, int column, isize *bytes)
{
    const void *data = sqlite3_column_type(query->statement, column) == SQLITE_BLOB
                           ? sqlite3_column_blob(query->statement, column)
                           : sqlite3_column_text(query->statement, column);
    *bytes = sqlite3_column_bytes(query->statement, column);
    return data ? data : "";
}

bool lab_query_reads(const lab_query *query)
{
    return sqlite3_stmt_readonly(query->statement) != 0;
}

const char *lab_query_sql(const lab_query *query)
{
    return sqlite3_sql(query->statement);
}
