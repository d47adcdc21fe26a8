#include "launch/spool.h"
#include "base/file.h"
#include "base/heap.h"
#include "launch/board.h"
#include "launch/spool_internal.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const double refresh_every_s = 1;

lab_spool_run *lab_spool_find(const lab_spool *spool, const char *hash)
{
    isize place = lab_index_find(&spool->by_hash, hash);
    return place >= 0 ? &spool->runs[place] : NULL;
}

typedef struct {
    char text[24];
} attempt_name;

static attempt_name name_of(int64_t attempt_id)
{
    attempt_name name;
    (void)snprintf(name.text, sizeof name.text, "%lld", (long long)attempt_id);
    return name;
}

lab_spool_run *lab_spool_of_attempt(const lab_spool *spool, int64_t attempt_id)
{
    isize place = spool ? lab_index_find(&spool->by_attempt, name_of(attempt_id).text) : -1;
    lab_spool_run *run = place >= 0 ? &spool->runs[place] : NULL;
    return run && run->replay.attempt_id == attempt_id ? run : NULL;
}

void lab_spool_note_attempt(lab_spool *spool, const lab_spool_run *run)
{
    (void)lab_index_put(&spool->by_attempt, name_of(run->replay.attempt_id).text,
                        run - spool->runs);
}

char *lab_spool_path(const lab_spool *spool, const char *hash, int64_t ordinal, const char *kind)
{
    lab_text path = {0};
    lab_text_add(&path, "%s/%s/%lld.%s", spool->folder, lab_run_of(hash).text, (long long)ordinal,
                 kind);
    return path.data;
}

void lab_spool_sync_folder(const char *path_in_it)
{
    char *folder = lab_heap_text(path_in_it);
    char *slash = strrchr(folder, '/');
    if (slash) *slash = 0;
    int fd = open(slash ? folder : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        (void)close(fd);
    }
    lab_heap_free(folder);
}

static void finish(void *attached)
{
    lab_spool *spool = attached;
    for (isize i = 0; i < spool->count; i++)
        if (spool->runs[i].fd >= 0) (void)close(spool->runs[i].fd);
    lab_index_finish(&spool->by_hash);
    lab_index_finish(&spool->by_attempt);
    lab_heap_free(spool->runs);
    lab_heap_free(spool->folder);
    lab_heap_free(spool);
}

/* ---- following ---- */

static bool exists(const lab_spool *spool, const char *hash, int64_t ordinal, const char *kind)
{
    char *path = lab_spool_path(spool, hash, ordinal, kind);
    bool there = access(path, F_OK) == 0;
    lab_heap_free(path);
    return there;
}

static lab_status read_attempt(lab_spool *spool, lab_ledger *ledger, lab_spool_run *run, bool over,
                               lab_error *err)
{
    int64_t ordinal = run->replay.ordinal, before = run->replay.attempt_id;
    char *path = lab_spool_path(spool, run->hash, ordinal, "events");
    lab_run_name name = lab_run_of(run->hash);
    lab_replay_how how = {.hash = run->hash, .folder = name.text, .watching = true};
    how.over = over || exists(spool, run->hash, ordinal, "orphaned") ||
               exists(spool, run->hash, ordinal + 1, "events");
    lab_status status = lab_replay_file(&run->replay, ledger, path, &how, err);
    if (run->replay.attempt_id != before) lab_spool_note_attempt(spool, run);
    lab_heap_free(path);
    return status;
}

static lab_status give_up(lab_spool *spool, lab_ledger *ledger, lab_spool_run *run, lab_error *err)
{
    lab_status status = lab_spool_mark(spool, run, err);
    return status == LAB_OK ? read_attempt(spool, ledger, run, true, err) : status;
}

/* Reads what is new of a run. */
static lab_status follow(lab_spool *spool, lab_ledger *ledger, lab_spool_run *run, lab_error *err)
{
    lab_status status = LAB_OK;
    if (run->fd >= 0 || (run->replay.ordinal == 0 && !run->there)) return LAB_OK;
    while (status == LAB_OK) {
        bool next = run->replay.ordinal == 0 || run->replay.over;
        if (next && !exists(spool, run->hash, run->replay.ordinal + 1, "events")) break;
        if (next) run->replay = (lab_replay){.ordinal = run->replay.ordinal + 1};
        status = read_attempt(spool, ledger, run, false, err);
        if (status == LAB_OK && run->replay.restarted && !run->replay.over)
            status = give_up(spool, ledger, run, err);
        if (!run->replay.over) break;
    }
    return status;
}

/* Which runs have begun: one look at the spool, not one at each run that has not. */
static lab_status look_for_folders(lab_spool *spool, lab_error *err)
{
    lab_index names = {0};
    DIR *folder = opendir(spool->folder);
    if (!folder)
        return lab_fail(err, LAB_ERR_IO, "%s: cannot be read: %s", spool->folder, strerror(errno));
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder))
        (void)lab_index_put(&names, entry->d_name, 0);
    (void)closedir(folder);
    for (isize i = 0; i < spool->count; i++)
        if (!spool->runs[i].there)
            spool->runs[i].there =
                lab_index_find(&names, lab_run_of(spool->runs[i].hash).text) >= 0;
    lab_index_finish(&names);
    return LAB_OK;
}

static lab_status follow_all(lab_spool *spool, lab_ledger *ledger, lab_error *err)
{
    lab_status status = look_for_folders(spool, err);
    if (status == LAB_OK) status = lab_ledger_begin(ledger, err);
    for (isize i = 0; status == LAB_OK && i < spool->count; i++)
        status = follow(spool, ledger, &spool->runs[i], err);
    if (status == LAB_OK) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    return status;
}

lab_status lab_spool_refresh(lab_ledger *ledger, lab_error *err)
{
    lab_spool *spool = lab_ledger_attached(ledger);
    double now_s = lab_clock_s();
    if (!spool || (spool->refreshed_s > 0 && now_s - spool->refreshed_s < refresh_every_s))
        return LAB_OK;
    spool->refreshed_s = now_s;
    return follow_all(spool, ledger, err);
}

lab_status lab_spool_forsake(lab_ledger *ledger, const lab_sweep *queued, lab_error *err)
{
    lab_spool *spool = lab_ledger_attached(ledger);
    lab_status status = lab_ledger_begin(ledger, err);
    for (isize i = 0; status == LAB_OK && i < spool->count; i++) {
        lab_spool_run *run = &spool->runs[i];
        if (run->fd < 0 && run->replay.batch && !run->replay.over &&
            lab_sweep_find(queued, run->hash) < 0)
            status = give_up(spool, ledger, run, err);
    }
    if (status == LAB_OK) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    return status;
}

/* ---- sweeps ---- */

static void add_runs(lab_spool *spool, const lab_sweep *sweep)
{
    for (isize i = 0; i < sweep->count; i++) {
        const char *hash = sweep->cells[i].hash.hex;
        if (lab_index_put(&spool->by_hash, hash, spool->count) != spool->count) continue;
        if (spool->count == spool->capacity) {
            isize bytes = spool->capacity * (isize)sizeof *spool->runs;
            spool->capacity = spool->capacity ? 2 * spool->capacity : 64;
            spool->runs =
                lab_heap_grow(spool->runs, bytes, spool->capacity * (isize)sizeof *spool->runs);
        }
        lab_spool_run *run = &spool->runs[spool->count++];
        *run = (lab_spool_run){.fd = -1};
        memcpy(run->hash, hash, sizeof run->hash);
    }
}

lab_status lab_spool_planned(lab_ledger *ledger, const lab_sweep *sweep, lab_error *err)
{
    lab_spool *spool = lab_ledger_attached(ledger);
    lab_text path = {0};
    if (!spool) return LAB_OK;
    bool fresh = sweep->file != NULL; /* whose last launch is noted */
    for (isize i = 0; !fresh && i < sweep->count; i++)
        fresh = !lab_spool_find(spool, sweep->cells[i].hash.hex);
    if (!fresh) return follow_all(spool, ledger, err);
    lab_sha256 name = lab_sweep_hash(sweep);
    lab_text_add(&path, "%s/%.12s.sweep", spool->folder, name.hex);
    lab_status status = lab_spool_sweep_write(sweep, lab_text_of(&path), err);
    lab_text_finish(&path);
    if (status != LAB_OK) return status;
    add_runs(spool, sweep);
    return follow_all(spool, ledger, err);
}

typedef lab_status visit(void *context, const char *path, lab_error *err);

static lab_status each_sweep(const char *folder, visit *see, void *context, lab_error *err)
{
    lab_status status = LAB_OK;
    DIR *open = opendir(folder);
    if (!open) return lab_fail(err, LAB_ERR_MISSING, "%s: %s", folder, strerror(errno));
    const struct dirent *entry = NULL;
    while (status == LAB_OK && (entry = readdir(open))) {
        const char *dot = strrchr(entry->d_name, '.');
        if (!dot || strcmp(dot, ".sweep") != 0) continue;
        lab_text path = {0};
        lab_text_add(&path, "%s/%s", folder, entry->d_name);
        status = see(context, lab_text_of(&path), err);
        lab_text_finish(&path);
    }
    (void)closedir(open);
    return status;
}

typedef struct {
    lab_ledger *ledger;
    lab_spool *spool; /* NULL: none */
    int sweeps;
} taker;

static lab_status take_sweep(void *context, const char *path, lab_error *err)
{
    taker *t = context;
    lab_sweep sweep = {0};
    lab_status status = lab_spool_sweep_read(&sweep, path, err);
    if (status == LAB_OK) status = lab_record_sweep(t->ledger, &sweep, err);
    if (status == LAB_OK && t->spool) add_runs(t->spool, &sweep);
    t->sweeps++;
    lab_sweep_finish(&sweep);
    return status;
}

static lab_status adopt(lab_ledger *ledger, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", "spool_adopt", err);
    if (status == LAB_OK) status = lab_query_run(query, err);
    lab_query_close(&query);
    return status;
}

lab_status lab_spool_sweeps(lab_ledger *ledger, const char *folder, int *sweeps, lab_error *err)
{
    taker t = {.ledger = ledger};
    lab_status status = each_sweep(folder, take_sweep, &t, err);
    if (status == LAB_OK) status = adopt(ledger, err);
    *sweeps = t.sweeps;
    return status;
}

static lab_status take_cells(void *context, const char *path, lab_error *err)
{
    lab_sweep *all = context, sweep = {0};
    lab_status status = lab_spool_sweep_read(&sweep, path, err);
    if (status == LAB_OK) lab_spool_sweep_join(all, &sweep);
    lab_sweep_finish(&sweep);
    return status;
}

lab_status lab_spool_cells(lab_sweep *out, const char *folder, lab_error *err)
{
    *out = (lab_sweep){0};
    lab_status status = each_sweep(folder, take_cells, out, err);
    if (status == LAB_OK && out->count == 0)
        status = lab_fail(err, LAB_ERR_MISSING, "%s: there is no sweep in this spool", folder);
    return status;
}

/* ---- opening ---- */

lab_status lab_spool_open_part(lab_ledger **out, const char *folder, const char *cells,
                               lab_error *err)
{
    lab_ledger *ledger = NULL;
    lab_text path = {0};
    *out = NULL;
    lab_text_add(&path, "%s/in memory", folder);
    lab_status status = lab_folder_make(folder, err);
    if (status == LAB_OK)
        status = lab_ledger_open(&ledger, lab_text_of(&path), LAB_LEDGER_MEMORY, err);
    if (status == LAB_OK) {
        lab_spool *spool = lab_heap_take(sizeof *spool);
        spool->folder = lab_heap_text(folder);
        taker t = {.ledger = ledger, .spool = spool};
        status = cells ? take_sweep(&t, cells, err) : each_sweep(folder, take_sweep, &t, err);
        if (status == LAB_OK) status = adopt(ledger, err);
        lab_ledger_attach(ledger, spool, finish); /* from here on it writes */
        if (status == LAB_OK) status = follow_all(spool, ledger, err);
    }
    lab_text_finish(&path);
    if (status == LAB_OK)
        *out = ledger;
    else
        lab_ledger_close(&ledger);
    return status;
}

lab_status lab_spool_open(lab_ledger **out, const char *folder, lab_error *err)
{
    return lab_spool_open_part(out, folder, NULL, err);
}
