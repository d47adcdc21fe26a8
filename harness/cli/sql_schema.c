/* The schema for readers: live columns and types, with what the comments of sql/ say of them. */
#include "base/embedded.h"
#include "base/nearest.h"
#include "cli/sql.h"
#include <stdio.h>
#include <string.h>

static const char *said(const char *object, const char *name)
{
    const lab_embedded *entry = lab_embedded_find(lab_schema, object, name);
    return entry ? entry->text : "";
}

const char *lab_schema_comment(const char *object, const char *column)
{
    const char *comment = said(object, column);
    for (const lab_embedded *entry = lab_schema; !*comment && entry->kind; entry++)
        if (strcmp(entry->kind, object) == 0 && strcmp(entry->name, "<") == 0)
            comment = lab_schema_comment(entry->text, column);
    return comment;
}

/* Columns of schema_columns. */
enum { OBJECT, KIND, NAME, TYPE, KEY, REFERS };

static void put_meaning(const lab_query *query, lab_text *text)
{
    const char *comment =
        lab_schema_comment(lab_query_text(query, OBJECT), lab_query_text(query, NAME));
    bool refers = !lab_query_is_null(query, REFERS);
    lab_text_put(text, comment);
    if (refers) lab_text_add(text, "%sof %s", *comment ? "; " : "", lab_query_text(query, REFERS));
    if (lab_query_int(query, KEY) > 0)
        lab_text_add(text, "%sprimary key", text->length > 0 ? "; " : "");
}

/* On a page, which is the same whatever SQLite made it, a view has no types: releases differ in
 * what they say of the type of an expression. */
static bool types_shown(const lab_query *query, lab_form form)
{
    return form != LAB_FORM_MARKDOWN || strcmp(lab_query_text(query, KIND), "table") == 0;
}

static void add_column(const lab_query *query, lab_form form, lab_table *table)
{
    bool named = form == LAB_FORM_CSV || form == LAB_FORM_JSON;
    lab_text meaning = {0};
    put_meaning(query, &meaning);
    if (named) {
        lab_table_text(table, lab_query_text(query, OBJECT));
        lab_table_text(table, lab_query_text(query, KIND));
    }
    lab_table_text(table, lab_query_text(query, NAME));
    if (types_shown(query, form)) lab_table_text(table, lab_query_text(query, TYPE));
    lab_table_text(table, lab_text_of(&meaning));
    lab_text_finish(&meaning);
}

static void name_columns(lab_table *table, bool named, bool typed)
{
    if (named) {
        lab_table_column(table, "object");
        lab_table_column(table, "kind");
    }
    lab_table_column(table, "column");
    if (typed) lab_table_column(table, "type");
    lab_table_column(table, "what");
}

static void print_head(const char *object, const char *kind, bool markdown)
{
    const char *row = said(object, "");
    (void)printf(markdown ? "\n## %s\n\nA %s%s%s\n\n" : "%s (%s)%s%s\n", object, kind,
                 *row       ? ": "
                 : markdown ? "."
                            : "",
                 row);
}

static void print_question(const char *object, bool markdown)
{
    const char *question = said(object, "?"), *query = said(object, "=");
    if (!*query) return;
    (void)printf(markdown ? "\n*%s*\n\n```sql\n" : "Ask: %s\n", question);
    for (const char *line = query; *line;) {
        int bytes = (int)strcspn(line, "\n");
        (void)printf("%s%.*s\n", markdown ? "" : "    ", bytes, line);
        line += bytes + (line[bytes] == '\n');
    }
    if (markdown) (void)printf("```\n");
}

/* An object after the other, each under its own heading. */
static lab_status print_objects(lab_query *query, lab_form form, lab_error *err)
{
    lab_table table = {0};
    lab_text object = {0};
    bool row = true, markdown = form == LAB_FORM_MARKDOWN;
    lab_status status = LAB_OK;
    while (status == LAB_OK && row) {
        status = lab_query_step(query, &row, err);
        bool same = status == LAB_OK && row &&
                    strcmp(lab_text_of(&object), lab_query_text(query, OBJECT)) == 0;
        if (table.columns > 0 && !same) {
            lab_table_print(&table, form, stdout);
            print_question(lab_text_of(&object), markdown);
            lab_table_finish(&table);
            if (!markdown && row) (void)printf("\n");
        }
        if (status != LAB_OK || !row) break;
        if (!same) {
            lab_text_clear(&object);
            lab_text_put(&object, lab_query_text(query, OBJECT));
            print_head(lab_text_of(&object), lab_query_text(query, KIND), markdown);
            name_columns(&table, false, types_shown(query, form));
        }
        add_column(query, form, &table);
    }
    lab_table_finish(&table);
    lab_text_finish(&object);
    return status;
}

static lab_status print_flat(lab_query *query, lab_form form, lab_error *err)
{
    lab_table table = {0};
    bool row = false;
    lab_status status = LAB_OK;
    name_columns(&table, true, true);
    while ((status = lab_query_step(query, &row, err)) == LAB_OK && row)
        add_column(query, form, &table);
    if (status == LAB_OK) lab_table_print(&table, form, stdout);
    lab_table_finish(&table);
    return status;
}

static lab_status object_check(lab_ledger *ledger, const char *object, lab_error *err)
{
    lab_names names = {0};
    lab_nearest nearest = lab_nearest_to(object);
    bool found = false;
    lab_status status = lab_names_read(&names, ledger, LAB_NAMES_OBJECTS, err);
    for (isize i = 0; status == LAB_OK && i < names.count; i++) {
        found = found || strcmp(names.names[i], object) == 0;
        lab_nearest_offer(&nearest, names.names[i]);
    }
    lab_names_finish(&names);
    if (status != LAB_OK || found) return status;
    return lab_fail(err, LAB_ERR_MISSING, "'%.80s' is no table or view; %s%s", object,
                    *nearest.name ? "the nearest is " : "patchlaw sql .tables lists them",
                    nearest.name);
}

static void print_title(void)
{
    (void)printf(
        "# The ledger's schema\n\n"
        "Views, which are made to be asked, then the tables that they are made of. This page\n"
        "comes from the comments of `sql/views` and `sql/migrations` (`make docs`); of your own\n"
        "ledger, `patchlaw sql .schema [NAME]` says the same.\n");
}

lab_status lab_schema_print(lab_ledger *ledger, const char *object, lab_form form, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = object ? object_check(ledger, object, err) : LAB_OK;
    if (status == LAB_OK) status = lab_query_open(&query, ledger, "queries", "schema_columns", err);
    if (status == LAB_OK && object) lab_query_bind_text(query, ":object", object);
    if (status == LAB_OK && (form == LAB_FORM_CSV || form == LAB_FORM_JSON))
        status = print_flat(query, form, err);
    else if (status == LAB_OK) {
        if (form == LAB_FORM_MARKDOWN && !object) print_title();
        status = print_objects(query, form, err);
    }
    lab_query_close(&query);
    return status;
}

lab_status lab_schema_list(lab_ledger *ledger, lab_form form, lab_error *err)
{
    lab_query *query = NULL;
    lab_table table = {0};
    bool row = false;
    lab_table_column(&table, "name");
    lab_table_column(&table, "kind");
    lab_table_column(&table, "what");
    lab_status status = lab_query_open(&query, ledger, "queries", "schema_objects", err);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        lab_table_text(&table, lab_query_text(query, 0));
        lab_table_text(&table, lab_query_text(query, 1));
        lab_table_text(&table, said(lab_query_text(query, 0), ""));
    }
    if (status == LAB_OK) lab_table_print(&table, form, stdout);
    lab_query_close(&query);
    lab_table_finish(&table);
    return status;
}
