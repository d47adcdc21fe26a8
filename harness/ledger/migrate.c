/* The schema's history: numbered files that are applied once, each in one transaction, and views
 * that are thrown away and made anew whenever their text changes. Defaults of optional keys that
 * this program knows are told to the ledger with the views. */
#include "base/hash.h"
#include "base/text.h"
#include "ledger/internal.h"
#include "wire/keys.h"
#include <stdlib.h>
#include <string.h>

enum { APPLICATION_ID = 0x506c6177, VIEWS = 0 };

static int64_t number_of(const lab_embedded *file)
{
    return strtoll(file->name, NULL, 10);
}

static int64_t newest(void)
{
    int64_t number = 0;
    for (const lab_embedded *file = lab_sql; file->kind; file++)
        if (strcmp(file->kind, "migrations") == 0) number = number_of(file);
    return number;
}

static lab_sha256 hash_of(const char *text)
{
    return lab_sha256_of(text, (isize)strlen(text));
}

#define ROW(type, field, name, task, unit, fallback, min, max, choices, help)                      \
    {name, fallback, WIRE_##task},
static const struct {
    const char *name, *fallback;
    int task;
} keys[] = {WIRE_KEYS(ROW)};
#undef ROW
enum { KEYS = sizeof keys / sizeof *keys };

/* Of the views and the defaults. */
static lab_sha256 views_hash(void)
{
    lab_text all = {0};
    for (const lab_embedded *file = lab_sql; file->kind; file++)
        if (strcmp(file->kind, "views") == 0) lab_text_put(&all, file->text);
    for (int i = 0; i < KEYS; i++)
        if (keys[i].task & WIRE_OPTIONAL)
            lab_text_add(&all, "%d %s %s\n", keys[i].task, keys[i].name, keys[i].fallback);
    lab_sha256 hash = hash_of(lab_text_of(&all));
    lab_text_finish(&all);
    return hash;
}

/* *version is 0 for an empty file. */
static lab_status version_of(lab_ledger *ledger, int64_t *version, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "ledger_version", err);
    if (status == LAB_OK) status = lab_query_step(query, &row, err);
    if (status != LAB_OK) goto done;
    int64_t id = lab_query_int(query, 0), objects = lab_query_int(query, 2);
    *version = lab_query_int(query, 1);
    if (id != APPLICATION_ID && (id != 0 || objects > 0 || *version != 0))
        status = lab_fail(err, LAB_ERR_LEDGER,
                          "%s: is a SQLite file of another program; name a ledger with --ledger",
                          ledger->path);
    else if (*version > newest())
        status = lab_fail(err, LAB_ERR_LEDGER,
                          "%s: was written by a newer patchlaw (schema %lld, this one knows %lld); "
                          "use that version",
                          ledger->path, (long long)*version, (long long)newest());
done:
    lab_query_close(&query);
    return status;
}

/* Refuses an edited migration; tells whether the views are those of this program. */
static lab_status history_check(lab_ledger *ledger, bool *views_good, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    *views_good = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "ledger_migrations", err);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        int64_t number = lab_query_int(query, 0);
        const char *sha256 = lab_query_text(query, 2);
        if (number == VIEWS) {
            *views_good = strcmp(sha256, views_hash().hex) == 0;
            continue;
        }
        for (const lab_embedded *file = lab_sql; file->kind; file++)
            if (strcmp(file->kind, "migrations") == 0 && number_of(file) == number &&
                strcmp(hash_of(file->text).hex, sha256) != 0)
                status = lab_fail(err, LAB_ERR_LEDGER,
                                  "%s: its schema was made by another text of migration %s (sha256 "
                                  "%.12s, this program has %.12s): use the patchlaw that made it, "
                                  "or start a new ledger with --ledger",
                                  ledger->path, file->name, sha256, hash_of(file->text).hex);
    }
    lab_query_close(&query);
    return status;
}

static lab_status note(lab_ledger *ledger, int64_t number, const char *name, lab_sha256 hash,
                       lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", "ledger_migrated", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":number", number);
        lab_query_bind_text(query, ":name", name);
        lab_query_bind_text(query, ":sha256", hash.hex);
        lab_query_bind_int(query, ":at", lab_now_us());
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status view_make(lab_ledger *ledger, const lab_embedded *file, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "ledger_drop_view", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":name", file->name);
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK)
        status = lab_ledger_script(ledger, file->name, lab_query_text(query, 0), err);
    if (status == LAB_OK) status = lab_ledger_script(ledger, file->name, file->text, err);
    lab_query_close(&query);
    return status;
}

static lab_status views_drop(lab_ledger *ledger, lab_error *err)
{
    lab_query *query = NULL;
    lab_text script = {0};
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "ledger_views", err);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row)
        lab_text_add(&script, "%s;\n", lab_query_text(query, 0));
    lab_query_close(&query);
    if (status == LAB_OK)
        status = lab_ledger_script(ledger, "dropping views", lab_text_of(&script), err);
    lab_text_finish(&script);
    return status;
}

static lab_status defaults_add(lab_ledger *ledger, const char *task, int bit, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", "ledger_add_default", err);
    for (int i = 0; status == LAB_OK && i < KEYS; i++) {
        if (!(keys[i].task & WIRE_OPTIONAL) || !(keys[i].task & bit)) continue;
        lab_query_bind_text(query, ":task", task);
        lab_query_bind_text(query, ":key", keys[i].name);
        lab_query_bind_text(query, ":value", keys[i].fallback);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status references_check(lab_ledger *ledger, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "ledger_foreign_key_check", err);
    if (status == LAB_OK) status = lab_query_step(query, &row, err);
    if (status == LAB_OK && row)
        status = lab_fail(err, LAB_ERR_LEDGER,
                          "%s: row %s of %s refers to one that is not there: this ledger is "
                          "damaged and stays as it is; see patchlaw doctor of the version that "
                          "made it",
                          ledger->path, lab_query_text(query, 1), lab_query_text(query, 0));
    lab_query_close(&query);
    return status;
}

/* Inside a transaction, so that two programs that start at once do not both migrate. */
static lab_status migrate_locked(lab_ledger *ledger, lab_error *err)
{
    int64_t version = 0;
    bool views_good = false;
    lab_status status = version_of(ledger, &version, err);
    if (status == LAB_OK && version > 0) status = history_check(ledger, &views_good, err);
    if (status == LAB_OK && version < newest()) {
        views_good = false;
        status = views_drop(ledger, err);
    }
    for (const lab_embedded *file = lab_sql; status == LAB_OK && file->kind; file++) {
        if (strcmp(file->kind, "migrations") != 0 || number_of(file) <= version) continue;
        status = lab_ledger_script(ledger, file->name, file->text, err);
        if (status == LAB_OK)
            status = note(ledger, number_of(file), file->name, hash_of(file->text), err);
    }
    if (status == LAB_OK && version < newest()) status = references_check(ledger, err);
    if (status != LAB_OK || views_good) return status;
    for (const lab_embedded *file = lab_sql; status == LAB_OK && file->kind; file++)
        if (strcmp(file->kind, "views") == 0) status = view_make(ledger, file, err);
    if (status == LAB_OK) status = defaults_add(ledger, "pretrain", WIRE_PRETRAIN, err);
    if (status == LAB_OK) status = defaults_add(ledger, "probe", WIRE_PROBE, err);
    if (status == LAB_OK) status = note(ledger, VIEWS, "views", views_hash(), err);
    return status;
}

static lab_status run_script(lab_ledger *ledger, const char *name, lab_error *err)
{
    return lab_ledger_script(ledger, name, lab_embedded_find(lab_sql, "queries", name)->text, err);
}

/* The version is read in the snapshot that is copied: another program may have migrated already. */
static lab_status backup(lab_ledger *ledger, lab_error *err)
{
    int64_t version = 0;
    if (ledger->scratch) return LAB_OK;
    lab_status status = run_script(ledger, "ledger_snapshot", err);
    if (status == LAB_OK) status = version_of(ledger, &version, err);
    if (status == LAB_OK && version > 0 && version < newest())
        status = lab_ledger_backup_schema(ledger, version, err);
    lab_ledger_rollback(ledger);
    return status;
}

lab_status lab_ledger_stale(lab_ledger *ledger, bool *stale, lab_error *err)
{
    int64_t version = 0;
    bool views_good = false;
    lab_status status = version_of(ledger, &version, err);
    if (status == LAB_OK && version > 0) status = history_check(ledger, &views_good, err);
    *stale = version < newest() || !views_good;
    return status;
}

lab_status lab_ledger_migrate(lab_ledger *ledger, lab_error *err)
{
    bool stale = false;
    lab_status status = lab_ledger_stale(ledger, &stale, err);
    if (status != LAB_OK || !stale) return status;
    status = backup(ledger, err);
    if (status == LAB_OK) status = run_script(ledger, "ledger_migrating", err);
    if (status == LAB_OK) status = lab_ledger_begin(ledger, err);
    if (status == LAB_OK) status = migrate_locked(ledger, err);
    if (status == LAB_OK) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    if (status == LAB_OK) status = run_script(ledger, "ledger_connect", err);
    return status;
}
