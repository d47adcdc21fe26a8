#include "base/file.h"
#include "base/heap.h"
#include "base/text.h"
#include "ledger/internal.h"
#include "sqlext/aggregates.h"
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PROGRESS_OPS = 10000, PAUSE_FIRST_US = 50, PAUSE_MAX_US = 2000 };
static const double patience_s = 20;

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
    lab_status code = LAB_ERR_LEDGER;
    switch (sqlite3_errcode(ledger->db) & 0xff) {
    case SQLITE_BUSY:
        code = LAB_ERR_BUSY;
        cure = "; another process holds the ledger: try again";
        break;
    case SQLITE_FULL:
        cure = lab_error_cure(ENOSPC);
        break;
    case SQLITE_IOERR:
        cure = lab_error_cure(sqlite3_system_errno(ledger->db));
        break;
    case SQLITE_NOTADB:
        cure = "; this is no patchlaw ledger: name another with --ledger";
        break;
    case SQLITE_CORRUPT:
        cure = "; check it with: sqlite3 LEDGER 'PRAGMA integrity_check'";
        break;
    case SQLITE_READONLY:
    case SQLITE_CANTOPEN:
        cure = ledger->reader ? "; see whether the file may be read"
                              : "; see whether file and folder may be written";
        break;
    case SQLITE_INTERRUPT:
        return lab_fail(err, LAB_ERR_LEDGER,
                        ledger->interrupted ? "%s: %s: interrupted"
                                            : "%s: %s: stopped at its time limit",
                        ledger->path, what);
    default:
        break;
    }
    return lab_fail(err, code, "%s: %s: %s%s", ledger->path, what, sqlite3_errmsg(ledger->db),
                    cure);
}

lab_status lab_ledger_script(lab_ledger *ledger, const char *name, const char *text, lab_error *err)
{
    if (sqlite3_exec(ledger->db, text, NULL, NULL, NULL) == SQLITE_OK) return LAB_OK;
    return lab_ledger_fail(ledger, name, err);
}

/* ---- open ---- */

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

/* Where run folders go: beside the file itself, so that a link to it names the same ledger. */
static lab_status folder_find(char **out, const char *path, lab_error *err)
{
    struct stat info;
    char target[PATH_MAX];
    bool link = lstat(path, &info) == 0 && S_ISLNK(info.st_mode);
    if (link && !realpath(path, target))
        return lab_fail(err, LAB_ERR_IO, "%s: is a link that cannot be followed: %s", path,
                        strerror(errno));
    *out = folder_of(link ? target : path);
    return LAB_OK;
}

static int out_of_time(void *context)
{
    const lab_ledger *ledger = context;
    if (ledger->interrupted) return 1;
    return ledger->deadline_s > 0 && monotonic_s() > ledger->deadline_s;
}

/* A file that another process turns to WAL, or recovers, refuses at once, whatever the timeout. */
static lab_status introduce(lab_ledger *ledger, const char *script, lab_error *err)
{
    const char *text = lab_embedded_find(lab_sql, "queries", script)->text;
    const struct timespec moment = {0, 5000000};
    double until_s = monotonic_s() + patience_s;
    lab_status status = lab_ledger_script(ledger, "cannot be opened", text, err);
    while (status == LAB_ERR_BUSY && monotonic_s() < until_s) {
        (void)nanosleep(&moment, NULL);
        status = lab_ledger_script(ledger, "cannot be opened", text, err);
    }
    return status;
}

static lab_status connect(lab_ledger *ledger, const char *file, int flags, lab_error *err)
{
    const char *script = ledger->reader ? "ledger_connect_reader" : "ledger_connect";
    if (sqlite3_open_v2(file, &ledger->db, flags | SQLITE_OPEN_NOMUTEX, NULL) != SQLITE_OK)
        return lab_ledger_fail(ledger, "cannot be opened", err);
    lab_guard_install(ledger);
    if (lab_aggregates_register(ledger->db, out_of_time, ledger) != SQLITE_OK)
        return lab_ledger_fail(ledger, "gets no aggregates", err);
    lab_ledger_patience(ledger, patience_s);
    sqlite3_progress_handler(ledger->db, PROGRESS_OPS, out_of_time, ledger);
    (void)sqlite3_db_config(ledger->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    return introduce(ledger, script, err);
}

/* The path as a URI that tells SQLite that nobody writes. */
static void immutable_uri(const char *path, lab_text *uri)
{
    lab_text_put(uri, *path == '/' ? "file://" : "file:");
    for (const char *c = path; *c; c++)
        if (isalnum((unsigned char)*c) || strchr("/._-~", *c))
            lab_text_bytes(uri, c, 1);
        else
            lab_text_add(uri, "%%%02X", (unsigned)(unsigned char)*c);
    lab_text_put(uri, "?immutable=1");
}

/* A reader of a WAL file writes, too: an index that is shared with the writers. Where neither file
 * nor folder can be written and no writes wait in the log, the file alone is the whole ledger. */
static lab_status connect_reader(lab_ledger *ledger, lab_error *err)
{
    struct stat info;
    lab_text uri = {0};
    const char *read = lab_embedded_find(lab_sql, "queries", "ledger_version")->text;
    lab_status status = connect(ledger, ledger->path, SQLITE_OPEN_READONLY, err);
    if (status != LAB_OK) return status;
    int code = sqlite3_exec(ledger->db, read, NULL, NULL, NULL) & 0xff;
    if (code != SQLITE_READONLY && code != SQLITE_CANTOPEN) return LAB_OK;
    const char *log = sqlite3_filename_wal(sqlite3_db_filename(ledger->db, "main"));
    if (stat(log, &info) == 0 && info.st_size > 0)
        return lab_fail(err, LAB_ERR_LEDGER,
                        "%s: its last writes lie in %s, which cannot be read where nothing can be "
                        "written: copy both files elsewhere and name the copy with --ledger",
                        ledger->path, log);
    (void)sqlite3_close(ledger->db);
    immutable_uri(ledger->path, &uri);
    status = connect(ledger, lab_text_of(&uri), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err);
    lab_text_finish(&uri);
    return status;
}

static bool reads(lab_ledger_mode mode)
{
    return mode == LAB_LEDGER_READ || mode == LAB_LEDGER_AS_IS;
}

static lab_status open_once(lab_ledger **out, const char *path, lab_ledger_mode mode,
                            lab_error *err)
{
    lab_ledger *ledger = lab_heap_take(sizeof *ledger);
    ledger->path = lab_heap_text(*path ? path : "memory");
    ledger->reader = reads(mode);
    ledger->scratch = mode == LAB_LEDGER_SCRATCH;
    lab_status status = folder_find(&ledger->folder, ledger->path, err);
    if (status == LAB_OK && mode == LAB_LEDGER_WRITE) status = lab_folder_make(ledger->folder, err);
    if (status == LAB_OK && mode != LAB_LEDGER_MEMORY)
        status = lab_filesystem_check(ledger->folder, err);
    if (status == LAB_OK && ledger->reader)
        status = connect_reader(ledger, err);
    else if (status == LAB_OK)
        status = connect(ledger, mode == LAB_LEDGER_MEMORY ? ":memory:" : path,
                         SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
    if (status == LAB_OK) status = introduce(ledger, "ledger_cache", err);
    if (status == LAB_OK && !ledger->reader) status = lab_ledger_migrate(ledger, err);
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
    if (reads(mode) && access(path, F_OK) != 0)
        return lab_fail(err, LAB_ERR_MISSING,
                        "%s: there is no ledger here; patchlaw sweep or run makes one, or name "
                        "another with --ledger FILE or PATCHLAW_LEDGER",
                        path);
    lab_status status = open_once(&ledger, path, mode, err);
    if (status == LAB_OK && reads(mode)) status = lab_ledger_stale(ledger, &stale, err);
    if (status == LAB_OK && stale && mode == LAB_LEDGER_READ) {
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
    if (ledger->attached) ledger->finish(ledger->attached);
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

void lab_ledger_attach(lab_ledger *ledger, void *attached, void (*finish)(void *attached))
{
    LAB_ASSERT(!ledger->attached);
    ledger->attached = attached;
    ledger->finish = finish;
}

void *lab_ledger_attached(const lab_ledger *ledger)
{
    return ledger->attached;
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

/* Another process has the lock, which it keeps for a fraction of a millisecond: SQLite's own
 * pauses, of up to 100 ms, would leave a writer among many waiting for a second. */
static int wait_for_lock(void *context, int count)
{
    lab_ledger *ledger = context;
    double now = monotonic_s();
    if (count == 0) ledger->waiting_s = now;
    if (now - ledger->waiting_s >= ledger->patience_s) return 0;
    long pause_us = (long)PAUSE_FIRST_US * (count + 1);
    if (pause_us > PAUSE_MAX_US) pause_us = PAUSE_MAX_US;
    struct timespec pause = {.tv_nsec = pause_us * 1000};
    (void)nanosleep(&pause, NULL);
    return 1;
}

void lab_ledger_patience(lab_ledger *ledger, double seconds)
{
    ledger->patience_s = seconds;
    (void)sqlite3_busy_handler(ledger->db, wait_for_lock, ledger);
}

void lab_ledger_limit(lab_ledger *ledger, double seconds)
{
    ledger->deadline_s = seconds > 0 ? monotonic_s() + seconds : 0;
    ledger->interrupted = 0;
}

void lab_ledger_interrupt(lab_ledger *ledger)
{
    ledger->interrupted = 1;
}

int64_t lab_ledger_last_id(const lab_ledger *ledger)
{
    return sqlite3_last_insert_rowid(ledger->db);
}

int64_t lab_ledger_changes(const lab_ledger *ledger)
{
    return sqlite3_changes64(ledger->db);
}
