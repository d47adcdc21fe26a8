/* Copies of a ledger that is in use.
 *
 * A read transaction holds one snapshot of the WAL file for the whole copy, so that no writer makes
 * SQLite begin anew; pages are copied in small steps for the sake of progress. */
#include "base/heap.h"
#include "base/text.h"
#include "ledger/internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STEP_PAGES = 256 };

static const char *statement(const char *kind, const char *name)
{
    return lab_embedded_find(lab_sql, kind, name)->text;
}

static lab_status copy_fail(sqlite3 *copy, const char *path, lab_error *err)
{
    return lab_fail(err, LAB_ERR_IO,
                    "%s: the copy cannot be written: %s; is there room, and may "
                    "the folder be written?",
                    path, sqlite3_errmsg(copy));
}

static lab_status copy_pages(lab_ledger *ledger, sqlite3 *copy, const char *path,
                             void (*progress)(void *context, int64_t done, int64_t pages),
                             void *context, lab_error *err)
{
    int code = SQLITE_OK;
    sqlite3_backup *backup = sqlite3_backup_init(copy, "main", ledger->db, "main");
    if (!backup) return copy_fail(copy, path, err);
    do {
        code = sqlite3_backup_step(backup, STEP_PAGES);
        int pages = sqlite3_backup_pagecount(backup);
        if (progress) progress(context, pages - sqlite3_backup_remaining(backup), pages);
    } while (code == SQLITE_OK);
    code = sqlite3_backup_finish(backup);
    return code == SQLITE_OK ? LAB_OK : copy_fail(copy, path, err);
}

static int not_ok(void *found, int columns, char **values, char **names)
{
    (void)names;
    if (columns > 0 && values[0]) lab_text_put(found, values[0]);
    return 1; /* the first is enough */
}

static lab_status verify(sqlite3 *copy, const char *path, lab_error *err)
{
    lab_text found = {0};
    lab_status status = LAB_OK;
    int code = sqlite3_exec(copy, statement("checks", "integrity"), not_ok, &found, NULL);
    if (found.length > 0)
        status = lab_fail(err, LAB_ERR_LEDGER,
                          "%s: the copy is damaged, so the ledger is: %s; see patchlaw doctor",
                          path, lab_text_of(&found));
    else if (code != SQLITE_OK)
        status = copy_fail(copy, path, err);
    lab_text_finish(&found);
    return status;
}

static lab_status folder_sync(const char *path, lab_error *err)
{
    const char *slash = strrchr(path, '/');
    lab_text folder = {0};
    lab_text_bytes(&folder, slash ? path : ".", slash == path || !slash ? 1 : slash - path);
    int fd = open(lab_text_of(&folder), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool good = fd >= 0 && fsync(fd) == 0;
    int error = errno;
    if (fd >= 0) (void)close(fd);
    lab_text_finish(&folder);
    return good ? LAB_OK
                : lab_fail(err, LAB_ERR_IO, "%s: its folder cannot be synced: %s", path,
                           strerror(error));
}

static void remove_partial(const char *path)
{
    static const char *const ends[] = {"", "-journal", "-wal", "-shm"};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
        lab_text name = {0};
        lab_text_add(&name, "%s%s", path, ends[i]);
        (void)unlink(lab_text_of(&name));
        lab_text_finish(&name);
    }
}

lab_status lab_ledger_backup(lab_ledger *ledger, const char *file,
                             void (*progress)(void *context, int64_t done, int64_t pages),
                             void *context, lab_error *err)
{
    sqlite3 *copy = NULL;
    lab_text path = {0};
    bool began = sqlite3_get_autocommit(ledger->db) != 0; /* else the caller's transaction serves */
    lab_text_add(&path, "%s.%d.partial", file, (int)getpid());
    const char *partial = lab_text_of(&path);
    remove_partial(partial);
    lab_status status = LAB_OK;
    if (began)
        status = lab_ledger_script(ledger, "backup", statement("queries", "ledger_snapshot"), err);
    int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;
    if (status == LAB_OK && sqlite3_open_v2(partial, &copy, flags, NULL) != SQLITE_OK)
        status = copy_fail(copy, partial, err);
    if (status == LAB_OK) status = copy_pages(ledger, copy, partial, progress, context, err);
    if (began) lab_ledger_rollback(ledger);
    if (status == LAB_OK) status = verify(copy, partial, err);
    if (sqlite3_close(copy) != SQLITE_OK && status == LAB_OK)
        status = copy_fail(copy, partial, err);
    if (status == LAB_OK && rename(partial, file) != 0)
        status = lab_fail(err, LAB_ERR_IO, "%s: cannot take its name: %s", file, strerror(errno));
    if (status == LAB_OK) status = folder_sync(file, err);
    if (status != LAB_OK) remove_partial(partial);
    lab_text_finish(&path);
    return status;
}

lab_status lab_ledger_backup_schema(lab_ledger *ledger, int64_t version, lab_error *err)
{
    lab_text path = {0};
    lab_text_add(&path, "%s.schema%lld.backup", ledger->path, (long long)version);
    for (int n = 2; access(lab_text_of(&path), F_OK) == 0; n++) {
        lab_text_clear(&path);
        lab_text_add(&path, "%s.schema%lld-%d.backup", ledger->path, (long long)version, n);
    }
    lab_status status = lab_ledger_backup(ledger, lab_text_of(&path), NULL, NULL, err);
    if (status == LAB_OK)
        (void)fprintf(stderr,
                      "patchlaw: the ledger's schema is brought up to date; it was copied "
                      "to %s before\n",
                      lab_text_of(&path));
    else
        lab_error_context(err,
                          "%s has an older schema, which is left as it is, since the backup "
                          "before its migration failed",
                          ledger->path);
    lab_text_finish(&path);
    return status;
}
