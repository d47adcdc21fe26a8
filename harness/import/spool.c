#include "import/spool.h"
#include "base/heap.h"
#include "launch/replay.h"
#include "launch/spool.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    lab_ledger *ledger;
    char folder[PATH_MAX]; /* of the spool, absolute */
    bool copy;
    lab_imported_spool *out;
} importer;

static void path_of(lab_text *path, const char *folder, const char *hash, const char *more)
{
    lab_text_clear(path);
    lab_text_add(path, "%s/%s%s", folder, lab_run_of(hash).text, more);
}

/* ---- run folders ---- */

static lab_status copy_file(int from, const char *name, int to, lab_error *err)
{
    char bytes[65536];
    ssize_t got = 0;
    int in = openat(from, name, O_RDONLY | O_CLOEXEC);
    int out = openat(to, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    bool good = in >= 0 && out >= 0;
    while (good && (got = read(in, bytes, sizeof bytes)) != 0)
        good = got > 0 && write(out, bytes, (size_t)got) == got;
    good = good && fsync(out) == 0;
    lab_status status =
        good ? LAB_OK
             : lab_fail(err, LAB_ERR_IO, "%s: cannot be copied: %s", name, strerror(errno));
    if (in >= 0) (void)close(in);
    if (out >= 0) (void)close(out);
    return status;
}

static lab_status copy_files(const char *from, const char *to, lab_error *err)
{
    struct stat info;
    lab_status status = LAB_OK;
    DIR *source = opendir(from);
    int target = open(to, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (!source || target < 0)
        status =
            lab_fail(err, LAB_ERR_IO, "%s: cannot be copied to %s: %s", from, to, strerror(errno));
    const struct dirent *entry = NULL;
    while (status == LAB_OK && source && (entry = readdir(source)))
        if (fstatat(dirfd(source), entry->d_name, &info, AT_SYMLINK_NOFOLLOW) == 0 &&
            S_ISREG(info.st_mode))
            status = copy_file(dirfd(source), entry->d_name, target, err);
    if (target >= 0) (void)close(target);
    if (source) (void)closedir(source);
    return status;
}

/* In the place of the link, which is there. A copy that was cut off is made anew. */
static lab_status copy_run(const char *from, const char *to, lab_error *err)
{
    lab_text partial = {0};
    lab_text_add(&partial, "%s.partial", to);
    lab_status status = LAB_OK;
    if (mkdir(lab_text_of(&partial), 0777) != 0 && errno != EEXIST)
        status = lab_fail(err, LAB_ERR_IO, "%s: cannot make this folder: %s", lab_text_of(&partial),
                          strerror(errno));
    if (status == LAB_OK) status = copy_files(from, lab_text_of(&partial), err);
    if (status == LAB_OK && (unlink(to) != 0 || rename(lab_text_of(&partial), to) != 0))
        status =
            lab_fail(err, LAB_ERR_IO, "%s: cannot be replaced by a copy: %s", to, strerror(errno));
    lab_text_finish(&partial);
    return status;
}

/* Whether a folder of that run stands beside the ledger that is not this one. */
static bool taken(const char *to, const char *from)
{
    struct stat there, here;
    if (lstat(to, &there) != 0 || S_ISLNK(there.st_mode)) return false;
    return stat(from, &here) != 0 || here.st_dev != there.st_dev || here.st_ino != there.st_ino;
}

static lab_status link_run(const char *to, const char *from, lab_error *err)
{
    char target[PATH_MAX];
    lab_text fresh = {0};
    struct stat info;
    ssize_t bytes = readlink(to, target, sizeof target - 1);
    if (bytes < 0 && lstat(to, &info) == 0) return LAB_OK; /* the folder itself */
    target[bytes > 0 ? bytes : 0] = 0;
    if (strcmp(target, from) == 0) return LAB_OK;
    lab_text_add(&fresh, "%s.link", to);
    (void)unlink(lab_text_of(&fresh));
    lab_status status = LAB_OK;
    if (symlink(from, lab_text_of(&fresh)) != 0 || rename(lab_text_of(&fresh), to) != 0)
        status = lab_fail(err, LAB_ERR_IO, "%s: cannot link to %s: %s", to, from, strerror(errno));
    lab_text_finish(&fresh);
    return status;
}

static lab_status place_run(const importer *x, const char *hash, bool done, lab_error *err)
{
    lab_text to = {0}, from = {0};
    path_of(&from, x->folder, hash, "");
    path_of(&to, lab_ledger_folder(x->ledger), hash, "");
    lab_status status = LAB_OK;
    if (!taken(lab_text_of(&to), lab_text_of(&from))) {
        struct stat info;
        status = link_run(lab_text_of(&to), lab_text_of(&from), err);
        bool link = lstat(lab_text_of(&to), &info) == 0 && S_ISLNK(info.st_mode);
        if (status == LAB_OK && x->copy && done && link)
            status = copy_run(lab_text_of(&from), lab_text_of(&to), err);
    }
    lab_text_finish(&to);
    lab_text_finish(&from);
    return status;
}

/* ---- attempts ---- */

static bool there(const importer *x, const char *hash, int64_t ordinal, const char *kind,
                  lab_text *path)
{
    char more[64];
    (void)snprintf(more, sizeof more, "/%lld.%s", (long long)ordinal, kind);
    path_of(path, x->folder, hash, more);
    return access(lab_text_of(path), F_OK) == 0;
}

static void count(lab_imported_spool *out, const lab_replay *r)
{
    out->attempts++;
    out->added += r->added;
    out->known += r->known;
    out->open += r->attempt_id > 0 && !r->over;
    out->torn += r->torn;
}

static lab_status set_ordinals(const importer *x, int64_t cell_id, lab_error *err)
{
    static const char *const halves[] = {"spool_ordinals_free", "spool_ordinals"};
    lab_status status = LAB_OK;
    for (int i = 0; status == LAB_OK && i < 2; i++) {
        lab_query *query = NULL;
        status = lab_query_open(&query, x->ledger, "queries", halves[i], err);
        if (status == LAB_OK) {
            lab_query_bind_int(query, ":cell_id", cell_id);
            status = lab_query_run(query, err);
        }
        lab_query_close(&query);
    }
    return status;
}

/* All attempts of a run; *last is the newest. */
static lab_status take_attempts(const importer *x, const char *hash, lab_imported_spool *found,
                                lab_replay *last, lab_error *err)
{
    lab_text path = {0}, from = {0}, to = {0};
    lab_run_name run = lab_run_of(hash);
    lab_status status = LAB_OK;
    path_of(&from, x->folder, hash, "");
    path_of(&to, lab_ledger_folder(x->ledger), hash, "");
    lab_replay_how how = {.hash = hash, .folder = run.text};
    if (taken(lab_text_of(&to), lab_text_of(&from))) how.folder = lab_text_of(&from);
    for (int64_t n = 1; status == LAB_OK && there(x, hash, n, "events", &path); n++) {
        how.over = there(x, hash, n, "orphaned", &path) || there(x, hash, n + 1, "events", &path);
        (void)there(x, hash, n, "events", &path);
        *last = (lab_replay){.ordinal = n};
        status = lab_replay_file(last, x->ledger, lab_text_of(&path), &how, err);
        if (status == LAB_OK) count(found, last);
    }
    if (status == LAB_OK && found->attempts > found->known)
        status = set_ordinals(x, last->cell_id, err);
    lab_text_finish(&path);
    lab_text_finish(&from);
    lab_text_finish(&to);
    return status;
}

static lab_status take_run(const importer *x, const char *hash, lab_error *err)
{
    lab_imported_spool found = {0};
    lab_replay last = {0};
    lab_status status = lab_ledger_begin(x->ledger, err);
    if (status == LAB_OK) status = take_attempts(x, hash, &found, &last, err);
    if (status == LAB_OK) status = lab_ledger_commit(x->ledger, err);
    lab_ledger_rollback(x->ledger);
    if (status == LAB_OK && last.ordinal > 0 && !last.outranked)
        status = place_run(x, hash, last.done, err);
    if (status != LAB_OK) return status;
    x->out->attempts += found.attempts;
    x->out->added += found.added;
    x->out->known += found.known;
    x->out->open += found.open;
    x->out->torn += found.torn;
    return LAB_OK;
}

lab_status lab_import_spool(lab_ledger *ledger, const char *folder, bool copy,
                            lab_imported_spool *out, lab_error *err)
{
    importer x = {.ledger = ledger, .copy = copy, .out = out};
    lab_sweep cells = {0};
    *out = (lab_imported_spool){0};
    if (!realpath(folder, x.folder))
        return lab_fail(err, LAB_ERR_MISSING, "%s: there is no spool here: %s", folder,
                        strerror(errno));
    lab_status status = lab_spool_cells(&cells, x.folder, err);
    if (status == LAB_OK) status = lab_spool_sweeps(ledger, x.folder, &out->sweeps, err);
    out->cells = (int)cells.count;
    for (isize i = 0; status == LAB_OK && i < cells.count; i++)
        status = take_run(&x, cells.cells[i].hash.hex, err);
    lab_sweep_finish(&cells);
    return status;
}
