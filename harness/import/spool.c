#include "import/spool.h"
#include "base/file.h"
#include "launch/replay.h"
#include "launch/spool.h"
#include <errno.h>
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

/* In the place of the link, which is there. A copy that was cut off is made anew. */
static lab_status copy_run(const char *from, const char *to, lab_error *err)
{
    lab_text partial = {0};
    lab_text_add(&partial, "%s.partial", to);
    lab_status status = lab_folder_remove(lab_text_of(&partial), err);
    if (status == LAB_OK) status = lab_folder_copy(from, lab_text_of(&partial), "lock", err);
    if (status == LAB_OK && (unlink(to) != 0 || rename(lab_text_of(&partial), to) != 0))
        status =
            lab_fail(err, LAB_ERR_IO, "%s: cannot be replaced by a copy: %s", to, strerror(errno));
    lab_text_finish(&partial);
    return status;
}

/* Whether another folder than the spool's, no link to one, has that name beside the ledger. */
static bool taken(const importer *x, const char *hash, const char *name)
{
    struct stat there, here;
    lab_text to = {0}, from = {0};
    lab_text_add(&to, "%s/%s", lab_ledger_folder(x->ledger), name);
    path_of(&from, x->folder, hash, "");
    bool other = lstat(lab_text_of(&to), &there) == 0 && !S_ISLNK(there.st_mode) &&
                 (stat(lab_text_of(&from), &here) != 0 || here.st_dev != there.st_dev ||
                  here.st_ino != there.st_ino);
    lab_text_finish(&to);
    lab_text_finish(&from);
    return other;
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

/* Under the name that the ledger has for it. */
static lab_status place_run(const importer *x, const char *hash, const char *name, bool done,
                            lab_error *err)
{
    lab_text to = {0}, from = {0};
    struct stat info;
    if (taken(x, hash, name)) return LAB_OK;
    path_of(&from, x->folder, hash, "");
    lab_text_add(&to, "%s/%s", lab_ledger_folder(x->ledger), name);
    lab_status status = link_run(lab_text_of(&to), lab_text_of(&from), err);
    bool link = lstat(lab_text_of(&to), &info) == 0 && S_ISLNK(info.st_mode);
    if (status == LAB_OK && x->copy && done && link)
        status = copy_run(lab_text_of(&from), lab_text_of(&to), err);
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

/* All attempts of a run; *last is the newest. Those that the ledger lacks share the folder of the
 * one before them, where that is still the spool's. */
static lab_status take_attempts(const importer *x, const char *hash, lab_imported_spool *found,
                                lab_replay *last, lab_error *err)
{
    lab_text path = {0};
    lab_run_name run = lab_run_of(hash);
    lab_status status = LAB_OK;
    for (int64_t n = 1; status == LAB_OK && there(x, hash, n, "events", &path); n++) {
        lab_replay before = *last;
        lab_replay_how how = {.hash = hash, .folder = *before.folder ? before.folder : run.text};
        if (taken(x, hash, how.folder)) {
            how.folder = run.text;
            how.beside = taken(x, hash, run.text);
        }
        how.over = there(x, hash, n, "orphaned", &path) || there(x, hash, n + 1, "events", &path);
        (void)there(x, hash, n, "events", &path);
        *last = (lab_replay){.ordinal = n};
        status = lab_replay_file(last, x->ledger, lab_text_of(&path), &how, err);
        if (status == LAB_OK) count(found, last);
    }
    if (status == LAB_OK && found->attempts > found->known)
        status = set_ordinals(x, last->cell_id, err);
    lab_text_finish(&path);
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
    bool beside = strcmp(last.folder, lab_run_of(hash).text) != 0; /* nobody else's place */
    if (status == LAB_OK && *last.folder && (beside || !last.outranked))
        status = place_run(x, hash, last.folder, last.done, err);
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
