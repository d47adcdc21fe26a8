/* Saved queries: those that are built in, and those that people keep in the ledger. */
#include "base/embedded.h"
#include "base/nearest.h"
#include "cli/cli.h"
#include "cli/sql.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { SQL_MAX_BYTES = 100000 };
static const char prefix[] = "saved_";

static const lab_embedded *built_in(const char *name)
{
    char full[LAB_NEAREST_BYTES];
    (void)snprintf(full, sizeof full, "%s%s", prefix, name);
    return lab_embedded_find(lab_sql, "queries", full);
}

static lab_status read_kept(lab_ledger *ledger, const char *name, bool *found, lab_text *text,
                            lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", "keep_find", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":name", name);
        status = lab_query_step(query, found, err);
    }
    if (status == LAB_OK && *found && text) lab_text_put(text, lab_query_text(query, 0));
    lab_query_close(&query);
    return status;
}

static lab_status not_found(lab_ledger *ledger, const char *name, lab_error *err)
{
    lab_names names = {0};
    lab_nearest nearest = lab_nearest_to(name);
    lab_error ignored;
    bool object = false;
    if (lab_names_read(&names, ledger, LAB_NAMES_SAVED | LAB_NAMES_OBJECTS, &ignored) == LAB_OK)
        for (isize i = 0; i < names.count; i++) {
            lab_nearest_offer(&nearest, names.names[i]);
            object = object || strcmp(names.names[i], name) == 0;
        }
    lab_names_finish(&names);
    if (object)
        return lab_fail(err, LAB_ERR_MISSING,
                        "'%.80s' is no saved query but a table or view: name the columns that you "
                        "want of it in SQL, or see patchlaw sql .schema %.80s",
                        name, name);
    return lab_fail(
        err, LAB_ERR_MISSING, "'%.80s' is no saved query; %s%s%spatchlaw sql --list lists them",
        name, *nearest.name ? "the nearest is " : "", nearest.name, *nearest.name ? "; " : "");
}

lab_status lab_saved_find(lab_ledger *ledger, const char *name, lab_text *text, lab_error *err)
{
    const lab_embedded *file = built_in(name);
    bool found = file != NULL;
    lab_status status = LAB_OK;
    if (file)
        lab_text_put(text, file->text);
    else if (ledger)
        status = read_kept(ledger, name, &found, text, err);
    return status == LAB_OK && !found ? not_found(ledger, name, err) : status;
}

/* The comment in its first line, where there is one, says what a query is for. */
static void add_row(lab_table *table, const char *name, const char *from, const char *query)
{
    lab_text what = {0};
    query += strspn(query, " \t\r\n");
    if (strncmp(query, "--", 2) == 0) query += 2 + strspn(query + 2, " ");
    size_t bytes = strlen(name);
    if (strncmp(query, name, bytes) == 0 && query[bytes] == ':')
        query += bytes + 1 + strspn(query + bytes + 1, " ");
    lab_text_bytes(&what, query, (isize)strcspn(query, "\r\n"));
    lab_table_text(table, name);
    lab_table_text(table, from);
    lab_table_text(table, lab_text_of(&what));
    lab_text_finish(&what);
}

lab_status lab_saved_list(lab_ledger *ledger, lab_form form, lab_error *err)
{
    lab_table table = {0};
    lab_query *query = NULL;
    lab_status status = LAB_OK;
    bool row = false;
    lab_table_column(&table, "name");
    lab_table_column(&table, "from");
    lab_table_column(&table, "what");
    for (const lab_embedded *file = lab_sql; file->kind; file++)
        if (strncmp(file->name, prefix, sizeof prefix - 1) == 0)
            add_row(&table, file->name + sizeof prefix - 1, "patchlaw", file->text);
    if (ledger) status = lab_query_open(&query, ledger, "queries", "keep_list", err);
    while (query && status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK &&
           row) {
        lab_text name = {0};
        lab_text_put(&name, lab_query_text(query, 0));
        add_row(&table, lab_text_of(&name), "ledger", lab_query_text(query, 1));
        lab_text_finish(&name);
    }
    if (status == LAB_OK) lab_table_print(&table, form, stdout);
    lab_query_close(&query);
    lab_table_finish(&table);
    return status;
}

/* ---- writing ---- */

static lab_status name_check(const char *name, lab_error *err)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789_";
    if (!*name || strspn(name, letters) != strlen(name) || strlen(name) > 64)
        return lab_fail(
            err, LAB_ERR_CONFIG,
            "'%.80s': a saved query's name has 1 to 64 lower-case letters, digits and _", name);
    if (built_in(name))
        return lab_fail(err, LAB_ERR_CONFIG,
                        "%s: comes with patchlaw and stays as it is; take another name", name);
    return LAB_OK;
}

/* A query that does not compile, or would write, is not kept. */
static lab_status query_check(lab_ledger *ledger, const char *text, lab_error *err)
{
    lab_query *query = NULL;
    if (strlen(text) > SQL_MAX_BYTES)
        return lab_fail(err, LAB_ERR_CONFIG, "a saved query has %d bytes at most", SQL_MAX_BYTES);
    lab_status status = lab_query_open_text(&query, ledger, text, err);
    if (status == LAB_ERR_CONFIG) lab_names_hint(ledger, text, err);
    lab_query_close(&query);
    return status;
}

static lab_status keep(lab_ledger *ledger, const char *name, const char *text, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", "keep_add", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":name", name);
        lab_query_bind_text(query, ":sql", text);
        lab_query_bind_int(query, ":at", lab_now_us());
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status forget(lab_ledger *ledger, const char *name, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", "keep_forget", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":name", name);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

/* A ledger is not made for the sake of a query. */
static lab_status open_there(lab_ledger **ledger, const char *path, lab_error *err)
{
    bool there = access(path, F_OK) == 0;
    return lab_ledger_open(ledger, path, there ? LAB_LEDGER_WRITE : LAB_LEDGER_READ, err);
}

lab_status lab_saved_add(const char *path, const char *name, const char *query, lab_error *err)
{
    lab_ledger *ledger = NULL;
    lab_status status = name_check(name, err);
    if (status == LAB_OK) status = open_there(&ledger, path, err);
    if (status == LAB_OK) status = query_check(ledger, query, err);
    if (status == LAB_OK) status = keep(ledger, name, query, err);
    lab_ledger_close(&ledger);
    return status;
}

lab_status lab_saved_delete(const char *path, const char *name, lab_error *err)
{
    lab_ledger *ledger = NULL;
    bool found = false;
    lab_status status = name_check(name, err);
    if (status == LAB_OK) status = open_there(&ledger, path, err);
    if (status == LAB_OK) status = read_kept(ledger, name, &found, NULL, err);
    if (status == LAB_OK && !found) status = not_found(ledger, name, err);
    if (status == LAB_OK) status = forget(ledger, name, err);
    lab_ledger_close(&ledger);
    return status;
}
