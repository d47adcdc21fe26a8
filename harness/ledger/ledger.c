#include "base/heap.h"
#include "base/text.h"
#include "ledger/internal.h"
#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { BUSY_MS = 20000, PROGRESS_OPS = 10000 };

int64_t lab_now_us(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static double monotonic_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

lab_status lab_ledger_fail(const lab_ledger *ledger, const char *what, lab_error *err)
{
    const char *cure = "";
    switch (sqlite3_errcode(ledger->db) & 0xff) {
    case SQLITE_BUSY:
        cure = "; another process holds the ledger: try again";
        break;
    case SQLITE_FULL:
        cure = "; the disk is full: make room and call again";
        break;
    case SQLITE_NOTADB:
        cure = "; this is no patchlaw ledger: name another with --ledger";
        break;
    case SQLITE_CORRUPT:
        cure = "; check it with: sqlite3 LEDGER 'PRAGMA integrity_check'";
        break;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
        cure = "; see whether file and folder may be written";
        break;
    case SQLITE_INTERRUPT:
        return lab_fail(err, LAB_ERR_LEDGER, "%s: %s: stopped at its time limit", ledger->path,
                        what);
    default:
        break;
    }
    return lab_fail(err, LAB_ERR_LEDGER, "%s: %s: %s%s", ledger->path, what,
                    sqlite3_errmsg(ledger->db), cure);
}

lab_status lab_ledger_script(lab_ledger *ledger, const char *name, const char *text, lab_error *err)
{
    if (sqlite3_exec(ledger->db, text, NULL, NULL, NULL) == SQLITE_OK) return LAB_OK;
    return lab_ledger_fail(ledger, name, err);
}

/* ---- open ---- */

static lab_status folder_make(const char *folder, lab_error *err)
{
    char *path = lab_heap_text(folder);
    lab_status status = LAB_OK;
    for (char *c = path + 1; status == LAB_OK; c++) {
        if (*c != '/' && *c != 0) continue;
        char kept = *c;
        *c = 0;
        if (mkdir(path, 0777) != 0 && errno != EEXIST)
            status =
                lab_fail(err, LAB_ERR_IO, "%s: cannot make this folder: %s", path, strerror(errno));
        *c = kept;
        if (kept == 0) break;
    }
    lab_heap_free(path);
    return status;
}

static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    lab_text folder = {0};
    if (!slash)
        lab_text_put(&folder, ".");
    else
        lab_text_bytes(&folder, path, slash == path ? 1 : slash - path);
    return folder.data;
}

static int out_of_time(void *context)
{
    const lab_ledger *ledger = context;
    return ledger->deadline_s > 0 && monotonic_s() > ledger->deadline_s;
}

static lab_status connect(lab_ledger *ledger, lab_ledger_mode mode, lab_error *err)
{
    int flags =
        mode == LAB_LEDGER_READ ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
    const char *file = mode == LAB_LEDGER_MEMORY ? ":memory:" : ledger->path;
    const char *script = mode == LAB_LEDGER_READ ? "ledger_connect_reader" : "ledger_connect";
    if (sqlite3_open_v2(file, &ledger->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return lab_ledger_fail(ledger, "cannot be opened", err);
    (void)sqlite3_busy_timeout(ledger->db, BUSY_MS);
    sqlite3_progress_handler(ledger->db, PROGRESS_OPS, out_of_time, ledger);
    (void)sqlite3_db_config(ledger->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return lab_ledger_script(ledger, "cannot be opened",
                             lab_embedded_find(lab_sql, "queries", script)->text, err);
}

static lab_status open_once(lab_ledger **out, const char *path, lab_ledger_mode mode,
                            lab_error *err)
{
    lab_status status = LAB_OK;
    lab_ledger *ledger = lab_heap_take(sizeof *ledger);
    ledger->path = lab_heap_text(mode == LAB_LEDGER_MEMORY ? "memory" : path);
    ledger->folder = folder_of(ledger->path);
    if (mode == LAB_LEDGER_WRITE) status = folder_make(ledger->folder, err);
    if (status == LAB_OK && mode != LAB_LEDGER_MEMORY)
        status = lab_filesystem_check(ledger->folder, err);
    if (status == LAB_OK) status = connect(ledger, mode, err);
    if (status == LAB_OK && mode != LAB_LEDGER_READ) status = lab_ledger_migrate(ledger, err);
    if (status == LAB_OK) {
        *out = ledger;
        ledger = NULL;
    }
    lab_ledger_close(&ledger);
    return status;
}

lab_status lab_ledger_open(lab_ledger **out, const char *path, lab_ledger_mode mode, lab_error *err)
{
    lab_ledger *ledger = NULL;
    bool stale = false;
    *out = NULL;
    if (mode == LAB_LEDGER_READ && access(path, F_OK) != 0)
        return lab_fail(err, LAB_ERR_MISSING,
                        "%s: there is no ledger here; patchlaw sweep or run makes one, or name "
                        "another with --ledger FILE or PATCHLAW_LEDGER",
                        path);
    lab_status status = open_once(&ledger, path, mode, err);
    if (status == LAB_OK && mode == LAB_LEDGER_READ) status = lab_ledger_stale(ledger, &stale, err);
    if (status == LAB_OK && stale) {
        lab_ledger_close(&ledger);
        status = open_once(&ledger, path, LAB_LEDGER_WRITE, err);
        if (status != LAB_OK) lab_error_context(err, "bringing an older ledger up to date");
        lab_ledger_close(&ledger);
        if (status == LAB_OK) status = open_once(&ledger, path, mode, err);
    }
    if (status == LAB_OK) {
        *out = ledger;
        ledger = NULL;
    }
    lab_ledger_close(&ledger);
    return status;
}

void lab_ledger_close(lab_ledger **out)
{
    lab_ledger *ledger = *out;
    if (!ledger) return;
    while (ledger->compiled) {
        lab_query *query = ledger->compiled;
        ledger->compiled = query->next;
        (void)sqlite3_finalize(query->statement);
        lab_heap_free(query);
    }
    LAB_ASSERT(sqlite3_close(ledger->db) == SQLITE_OK); /* else a query is still open */
    lab_heap_free(ledger->path);
    lab_heap_free(ledger->folder);
    lab_heap_free(ledger);
    *out = NULL;
}

const char *lab_ledger_path(const lab_ledger *ledger)
{
    return ledger->path;
}

const char *lab_ledger_folder(const lab_ledger *ledger)
{
    return ledger->folder;
}

/* ---- transactions ---- */

static lab_status run_named(lab_ledger *ledger, const char *name, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", name, err);
    if (status == LAB_OK) status = lab_query_run(query, err);
    lab_query_close(&query);
    return status;
}

lab_status lab_ledger_begin(lab_ledger *ledger, lab_error *err)
{
    return run_named(ledger, "ledger_begin", err);
}

lab_status lab_ledger_commit(lab_ledger *ledger, lab_error *err)
{
    return run_named(ledger, "ledger_commit", err);
}

void lab_ledger_rollback(lab_ledger *ledger)
{
    lab_error ignored;
    if (sqlite3_get_autocommit(ledger->db)) return;
    if (run_named(ledger, "ledger_rollback", &ignored) != LAB_OK) return; /* gone by itself */
}

void lab_ledger_limit(lab_ledger *ledger, double seconds)
{
    ledger->deadline_s = seconds > 0 ? monotonic_s() + seconds : 0;
}

int64_t lab_ledger_last_id(const lab_ledger *ledger)
{
    return sqlite3_last_insert_rowid(ledger->db);
}

int64_t lab_ledger_changes(const lab_ledger *ledger)
{
    return sqlite3_changes64(ledger->db);
}
