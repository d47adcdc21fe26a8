#include "upkeep/health.h"
#include "base/hash.h"
#include "base/text.h"
#include "launch/record.h"
#include "upkeep/garbage.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

/* ---- schema ---- */

static void add_object(lab_table *table, const lab_query *row, const char *problem)
{
    lab_text object = {0};
    lab_text_add(&object, "%s %s", lab_query_text(row, 0), lab_query_text(row, 1));
    lab_table_text(table, lab_text_of(&object));
    lab_table_text(table, problem);
    lab_text_finish(&object);
}

static int compare_names(const lab_query *a, const lab_query *b)
{
    int type = strcmp(lab_query_text(a, 0), lab_query_text(b, 0));
    return type != 0 ? type : strcmp(lab_query_text(a, 1), lab_query_text(b, 1));
}

/* Both lists are sorted: a merge of them. */
static lab_status compare_schemas(lab_table *table, lab_query *ours, lab_query *fresh,
                                  lab_error *err)
{
    bool our_row = false, fresh_row = false;
    lab_status status = lab_query_step(ours, &our_row, err);
    if (status == LAB_OK) status = lab_query_step(fresh, &fresh_row, err);
    while (status == LAB_OK && (our_row || fresh_row)) {
        int order = !our_row ? 1 : !fresh_row ? -1 : compare_names(ours, fresh);
        if (order < 0) add_object(table, ours, "is not of the schema");
        if (order > 0) add_object(table, fresh, "is missing");
        if (order == 0 && strcmp(lab_query_text(ours, 2), lab_query_text(fresh, 2)) != 0)
            add_object(table, ours, "is defined in another way");
        if (order <= 0) status = lab_query_step(ours, &our_row, err);
        if (status == LAB_OK && order >= 0) status = lab_query_step(fresh, &fresh_row, err);
    }
    return status;
}

lab_status lab_health_schema(lab_table *table, lab_ledger *ledger, lab_error *err)
{
    lab_ledger *memory = NULL;
    lab_query *ours = NULL, *fresh = NULL;
    lab_table_column(table, "object");
    lab_table_column(table, "problem");
    lab_status status = lab_ledger_open(&memory, "", LAB_LEDGER_MEMORY, err);
    if (status == LAB_OK) status = lab_query_open(&ours, ledger, "queries", "ledger_schema", err);
    if (status == LAB_OK) status = lab_query_open(&fresh, memory, "queries", "ledger_schema", err);
    if (status == LAB_OK) status = compare_schemas(table, ours, fresh, err);
    lab_query_close(&ours);
    lab_query_close(&fresh);
    lab_ledger_close(&memory);
    return status;
}

/* ---- processes ---- */

static lab_status add_stale(lab_table *table, lab_ledger *ledger, int64_t attempt_id,
                            lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "upkeep_attempt", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":attempt_id", attempt_id);
        status = lab_query_step(query, &row, err);
    }
    for (int c = 0; status == LAB_OK && row && c < lab_query_columns(query); c++)
        lab_table_text(table, lab_query_text(query, c));
    lab_query_close(&query);
    return status;
}

lab_status lab_health_stale(lab_table *table, lab_ledger *ledger, lab_error *err)
{
    static const char *const names[] = {"run", "state", "host", "pid", "heard"};
    int64_t attempt_id = 0, last = 0;
    lab_status status = LAB_OK;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) lab_table_column(table, names[i]);
    while ((status = lab_record_stale(ledger, last, &attempt_id, err)) == LAB_OK &&
           attempt_id != 0) {
        status = add_stale(table, ledger, attempt_id, err);
        if (status != LAB_OK) break;
        last = attempt_id;
    }
    return status;
}

/* ---- files ---- */

static void add_file(lab_table *table, const char *run, const char *file, const char *problem)
{
    lab_table_text(table, run);
    lab_table_text(table, file);
    lab_table_text(table, problem);
}

static void check_file(lab_table *table, const lab_ledger *ledger, const lab_query *row, bool deep)
{
    const char *run = lab_query_text(row, 0), *wanted = lab_query_text(row, 4);
    int64_t bytes = lab_query_int(row, 3);
    struct stat info;
    lab_sha256 hash;
    lab_error err;
    lab_text path = {0}, problem = {0};
    lab_text_add(&path, "%s/%s/%s", lab_ledger_folder(ledger), lab_query_text(row, 1),
                 lab_query_text(row, 2));
    if (stat(lab_text_of(&path), &info) != 0)
        lab_text_add(&problem, "%s", errno == ENOENT ? "is missing" : strerror(errno));
    else if ((int64_t)info.st_size != bytes)
        lab_text_add(&problem, "has %lld bytes, not %lld", (long long)info.st_size,
                     (long long)bytes);
    else if (deep && lab_sha256_of_file(&hash, lab_text_of(&path), &err) != LAB_OK)
        lab_text_put(&problem, err.text);
    else if (deep && strcmp(hash.hex, wanted) != 0)
        lab_text_add(&problem, "has sha256 %.12s, not %.12s", hash.hex, wanted);
    if (problem.length > 0) add_file(table, run, lab_text_of(&path), lab_text_of(&problem));
    lab_text_finish(&path);
    lab_text_finish(&problem);
}

lab_status lab_health_files(lab_table *table, lab_ledger *ledger, bool deep, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_table_column(table, "run");
    lab_table_column(table, "file");
    lab_table_column(table, "problem");
    lab_status status = lab_query_open(&query, ledger, "queries", "upkeep_artifacts", err);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row)
        check_file(table, ledger, query, deep);
    lab_query_close(&query);
    return status;
}

lab_status lab_health_folders(lab_table *table, lab_ledger *ledger, lab_error *err)
{
    lab_garbage garbage;
    lab_table_column(table, "folder");
    lab_table_column(table, "bytes");
    lab_status status = lab_garbage_find(&garbage, ledger, err);
    for (isize i = 0; status == LAB_OK && i < garbage.count; i++) {
        if (garbage.items[i].kind != LAB_GARBAGE_FOLDER) continue;
        lab_table_text(table, garbage.items[i].path);
        lab_table_int(table, garbage.items[i].bytes);
    }
    lab_garbage_finish(&garbage);
    return status;
}
