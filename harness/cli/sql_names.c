/* Names that a statement may hold: what completion offers, and what a mistyped one is near to. */
#include "base/embedded.h"
#include "base/heap.h"
#include "base/nearest.h"
#include "cli/sql.h"
#include "config/key.h"
#include <stdio.h>
#include <string.h>

static void add(lab_names *names, const char *name)
{
    if (names->count == names->capacity) {
        isize capacity = names->capacity * 2 + 64, bytes = (isize)sizeof *names->names;
        names->names = lab_heap_grow(names->names, names->capacity * bytes, capacity * bytes);
        names->capacity = capacity;
    }
    names->names[names->count++] = lab_heap_text(name);
}

static lab_status add_rows(lab_names *names, lab_ledger *ledger, const char *name, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", name, err);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row)
        add(names, lab_query_text(query, 0));
    lab_query_close(&query);
    return status;
}

static void add_built_in(lab_names *names, unsigned kinds)
{
    static const char *const words[] = {
        "AND",      "AS",     "ASC",  "BETWEEN", "BY",      "CASE",      "CAST",   "COUNT", "DESC",
        "DISTINCT", "ELSE",   "END",  "EXISTS",  "EXPLAIN", "FILTER",    "FROM",   "GLOB",  "GROUP",
        "HAVING",   "IN",     "IS",   "JOIN",    "LEFT",    "LIKE",      "LIMIT",  "NOT",   "NULL",
        "OFFSET",   "ON",     "OR",   "ORDER",   "OVER",    "PARTITION", "SELECT", "THEN",  "UNION",
        "USING",    "VALUES", "WHEN", "WHERE",   "WITH",    NULL};
    static const char *const commands[] = {".help",   ".mode",   ".queries", ".quit",
                                           ".schema", ".tables", NULL};
    static const char prefix[] = "saved_";
    for (const char *const *word = words; (kinds & LAB_NAMES_WORDS) && *word; word++)
        add(names, *word);
    for (const char *const *word = commands; (kinds & LAB_NAMES_COMMANDS) && *word; word++)
        add(names, *word);
    for (int i = 0; (kinds & LAB_NAMES_KEYS) && i < LAB_KEY_COUNT; i++)
        add(names, lab_key_at(lab_key_sorted(i))->name);
    for (const lab_embedded *file = lab_sql; (kinds & LAB_NAMES_SAVED) && file->kind; file++)
        if (strncmp(file->name, prefix, sizeof prefix - 1) == 0)
            add(names, file->name + sizeof prefix - 1);
}

lab_status lab_names_read(lab_names *names, lab_ledger *ledger, unsigned kinds, lab_error *err)
{
    static const struct {
        unsigned kind;
        const char *query;
    } read[] = {{LAB_NAMES_OBJECTS, "schema_objects"},
                {LAB_NAMES_COLUMNS, "schema_column_names"},
                {LAB_NAMES_FUNCTIONS, "schema_functions"},
                {LAB_NAMES_SAVED, "keep_list"},
                {LAB_NAMES_RUNS, "schema_runs"}};
    lab_status status = LAB_OK;
    add_built_in(names, kinds);
    for (size_t i = 0; ledger && status == LAB_OK && i < sizeof read / sizeof *read; i++)
        if (kinds & read[i].kind) status = add_rows(names, ledger, read[i].query, err);
    return status;
}

void lab_names_finish(lab_names *names)
{
    for (isize i = 0; i < names->count; i++) lab_heap_free(names->names[i]);
    lab_heap_free(names->names);
    *names = (lab_names){0};
}

/* ---- the nearest ---- */

static void offer_all(lab_nearest *nearest, lab_ledger *ledger, unsigned kinds)
{
    lab_names names = {0};
    lab_error ignored;
    if (lab_names_read(&names, ledger, kinds, &ignored) == LAB_OK)
        for (isize i = 0; i < names.count; i++) lab_nearest_offer(nearest, names.names[i]);
    lab_names_finish(&names);
}

/* Columns of what the query names come first. */
static void offer_columns(lab_nearest *nearest, lab_ledger *ledger, const char *text)
{
    lab_query *query = NULL;
    lab_error ignored;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "schema_columns", &ignored);
    while (status == LAB_OK && (status = lab_query_step(query, &row, &ignored)) == LAB_OK && row)
        if (strcasestr(text, lab_query_text(query, 0)))
            lab_nearest_offer(nearest, lab_query_text(query, 2));
    lab_query_close(&query);
    if (!*nearest->name) offer_all(nearest, ledger, LAB_NAMES_COLUMNS);
}

static bool is_saved(lab_ledger *ledger, const char *name)
{
    lab_text text = {0};
    lab_error ignored;
    bool found = lab_saved_find(ledger, name, &text, &ignored) == LAB_OK;
    lab_text_finish(&text);
    return found;
}

void lab_names_hint(lab_ledger *ledger, const char *query, lab_error *err)
{
    static const struct {
        const char *says;
        unsigned kinds;
    } known[] = {{"no such table: ", LAB_NAMES_OBJECTS},
                 {"no such column: ", LAB_NAMES_COLUMNS},
                 {"no such function: ", LAB_NAMES_FUNCTIONS}};
    lab_error said = *err;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        const char *at = strstr(said.text, known[i].says);
        if (!at) continue;
        const char *name = at + strlen(known[i].says), *dot = strrchr(name, '.');
        lab_nearest nearest = lab_nearest_to(dot ? dot + 1 : name);
        if (known[i].kinds == LAB_NAMES_OBJECTS && is_saved(ledger, name)) {
            (void)snprintf(err->text, sizeof err->text,
                           "%.900s; it is a saved query, which runs by its name alone", said.text);
            return;
        }
        if (known[i].kinds == LAB_NAMES_COLUMNS)
            offer_columns(&nearest, ledger, query);
        else
            offer_all(&nearest, ledger, known[i].kinds);
        (void)snprintf(err->text, sizeof err->text, "%.900s; %s%s", said.text,
                       *nearest.name ? "the nearest is " : "patchlaw sql .schema lists all",
                       nearest.name);
        return;
    }
}
