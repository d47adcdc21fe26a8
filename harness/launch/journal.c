/* The attempts of this process, line by line into a spool. */
#include "base/heap.h"
#include "launch/board.h"
#include "launch/host.h"
#include "launch/spool_internal.h"
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static lab_spool_run *mine(const lab_spool *spool, int64_t attempt_id)
{
    lab_spool_run *run = lab_spool_of_attempt(spool, attempt_id);
    return run && run->fd >= 0 ? run : NULL;
}

/* All of it or nothing: what could not be written whole is taken back, so that a later line does
 * not stand behind half of one. */
static bool write_whole(int fd, int64_t written, const lab_text *text)
{
    isize done = 0;
    while (done < text->length) {
        ssize_t put = write(fd, text->data + done, (size_t)(text->length - done));
        if (put < 0 && errno == EINTR) continue;
        if (put > 0) {
            done += put;
            continue;
        }
        int why = put < 0 ? errno : ENOSPC;
        if (ftruncate(fd, written) != 0) why = errno;
        errno = why;
        return false;
    }
    return true;
}

static lab_status fail_writing(const char *path, lab_error *err)
{
    return lab_fail(err, LAB_ERR_IO, "%s: cannot be written: %s%s", path, strerror(errno),
                    errno == ENOSPC || errno == EDQUOT ? "; make room and call again" : "");
}

static lab_status say(const lab_spool *spool, lab_spool_run *run, const lab_event *line, bool sync,
                      lab_error *err)
{
    lab_text text = {0};
    lab_status status = LAB_OK;
    lab_event timed = *line;
    if (timed.at == 0) timed.at = lab_now_us();
    lab_line_put(&text, &timed);
    if (write_whole(run->fd, run->written, &text) && (!sync || fdatasync(run->fd) == 0)) {
        run->written += text.length;
    } else {
        char *path = lab_spool_path(spool, run->hash, run->replay.ordinal, "events");
        status = fail_writing(path, err);
        lab_heap_free(path);
    }
    lab_text_finish(&text);
    return status;
}

/* ---- the claim ---- */

static void fill_claim(lab_event *line, const char *uuid, const lab_cell *cell, const char *input,
                       const lab_host *here)
{
    const char *job = getenv("SLURM_JOB_ID"), *starts = getenv("SLURM_RESTART_COUNT");
    lab_event_set_int(line, "version", LAB_SPOOL_VERSION);
    lab_event_set_text(line, "uuid", uuid);
    lab_event_set_text(line, "hash", cell->hash.hex);
    lab_event_set_text(line, "host", here->name);
    lab_event_set_text(line, "boot_id", here->boot_id);
    lab_event_set_int(line, "pid", getpid());
    lab_event_set_int(line, "pid_started", lab_process_started(getpid()));
    lab_event_set_text(line, "input", input);
    lab_event_set_text(line, "job", job);
    lab_event_set_int(line, "starts", job && starts ? strtoll(starts, NULL, 10) : 0);
}

enum { NEW_FILE = O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC };

/* The file appears empty, and is taken for an unknown launcher's until its first line stands. Where
 * that cannot be written the file goes again, or others would wait for that launcher. */
static bool appear_empty(const char *path, const lab_text *first, int *fd)
{
    *fd = open(path, NEW_FILE, 0666);
    bool good = *fd >= 0 && write_whole(*fd, 0, first) && fdatasync(*fd) == 0;
    int why = errno;
    if (*fd >= 0 && !good) (void)unlink(path);
    errno = why;
    return good;
}

/* The file appears with its first line in it, by a link, which one process alone can make. Where
 * the filesystem has no links it appears empty. *fd is -1 where another launcher was faster. */
static lab_status appear(const char *path, const char *uuid, const lab_text *first, int *fd,
                         lab_error *err)
{
    lab_text partial = {0};
    struct stat info;
    lab_text_add(&partial, "%s.%s", path, uuid);
    *fd = open(lab_text_of(&partial), NEW_FILE, 0666);
    bool good = *fd >= 0 && write_whole(*fd, 0, first) && fdatasync(*fd) == 0;
    /* A network filesystem may repeat a request that was served, and be told that it exists. */
    bool linked = good && (link(lab_text_of(&partial), path) == 0 ||
                           (errno == EEXIST && fstat(*fd, &info) == 0 && info.st_nlink == 2));
    bool lost = good && !linked && errno == EEXIST;
    if (good && !linked && !lost) {
        (void)close(*fd);
        good = appear_empty(path, first, fd);
        lost = !good && *fd < 0 && errno == EEXIST;
        good = good || lost;
    }
    lab_status status = good ? LAB_OK : fail_writing(path, err);
    if ((!good || lost) && *fd >= 0) {
        (void)close(*fd);
        *fd = -1;
    }
    (void)unlink(lab_text_of(&partial));
    lab_text_finish(&partial);
    return status;
}

static lab_status open_file(lab_spool *spool, lab_spool_run *run, int64_t ordinal,
                            const lab_event *line, lab_error *err)
{
    lab_text text = {0};
    char *path = lab_spool_path(spool, run->hash, ordinal, "events");
    char *slash = strrchr(path, '/');
    lab_status status = LAB_OK;
    *slash = 0;
    if (mkdir(path, 0777) != 0 && errno != EEXIST) status = fail_writing(path, err);
    *slash = '/';
    lab_line_put(&text, line);
    if (status == LAB_OK) status = appear(path, lab_event_text(line, "uuid"), &text, &run->fd, err);
    if (status == LAB_OK && run->fd >= 0) {
        run->written = text.length;
        lab_spool_sync_folder(path);
        *slash = 0;
        lab_spool_sync_folder(path);
    }
    lab_text_finish(&text);
    lab_heap_free(path);
    return status;
}

lab_status lab_spool_claimed(lab_ledger *ledger, const lab_cell *cell, int64_t attempt_id,
                             const char *input, bool redo, bool *won, lab_error *err)
{
    lab_spool *spool = lab_ledger_attached(ledger);
    lab_query *query = NULL;
    lab_event line = {.kind = LAB_LINE_CLAIM};
    lab_host here = lab_host_here();
    bool row = false;
    if (!spool) return LAB_OK;
    lab_spool_run *run = lab_spool_find(spool, cell->hash.hex);
    LAB_ASSERT(run && run->fd < 0);
    lab_status status = lab_query_open(&query, ledger, "queries", "spool_claimed", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":attempt_id", attempt_id);
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK && row) {
        int64_t now = lab_now_us(), before = lab_query_int(query, 2);
        int64_t ordinal = run->replay.ordinal + 1;
        line.at = now > before ? now : before + 1; /* in their order, whatever clocks say */
        fill_claim(&line, lab_query_text(query, 0), cell, input, &here);
        lab_event_set_int(&line, "ordinal", ordinal);
        lab_event_set_int(&line, "redo", redo);
        status = open_file(spool, run, ordinal, &line, err);
        *won = run->fd >= 0;
        if (status == LAB_OK && *won) {
            run->replay = (lab_replay){.attempt_id = attempt_id, .ordinal = ordinal};
            lab_spool_note_attempt(spool, run);
        } else {
            spool->refreshed_s = 0;
            run->there = true; /* even where a network filesystem does not show it yet */
        }
    }
    lab_query_close(&query);
    return status;
}

/* ---- what follows ---- */

lab_status lab_spool_said(lab_ledger *ledger, int64_t attempt_id, const lab_event *line,
                          lab_error *err)
{
    const lab_spool *spool = lab_ledger_attached(ledger);
    lab_spool_run *run = mine(spool, attempt_id);
    return run ? say(spool, run, line, line->kind == WIRE_EVENT_ARTIFACT, err) : LAB_OK;
}

lab_status lab_spool_started(lab_ledger *ledger, int64_t attempt_id, int64_t pid, lab_error *err)
{
    lab_event line = {.kind = LAB_LINE_STARTED};
    lab_event_set_int(&line, "pid", pid);
    lab_event_set_int(&line, "pid_started", lab_process_started(pid));
    return lab_spool_said(ledger, attempt_id, &line, err);
}

lab_status lab_spool_beat(lab_ledger *ledger, int64_t attempt_id, int64_t step, lab_error *err)
{
    const lab_spool *spool = lab_ledger_attached(ledger);
    lab_spool_run *run = mine(spool, attempt_id);
    lab_event line = {.kind = LAB_LINE_BEAT};
    if (!run) return LAB_OK;
    char *mark = lab_spool_path(spool, run->hash, run->replay.ordinal, "orphaned");
    lab_status status = LAB_OK;
    if (access(mark, F_OK) == 0)
        status = lab_fail(err, LAB_ERR_LEDGER,
                          "%s: this launcher was silent for so long that another one took it for "
                          "dead, and went on with the run",
                          mark);
    lab_heap_free(mark);
    lab_event_set_int(&line, "step", step);
    return status == LAB_OK ? say(spool, run, &line, true, err) : status;
}

lab_status lab_spool_ended(lab_ledger *ledger, int64_t attempt_id, const lab_ending *ending,
                           lab_error *err)
{
    const lab_spool *spool = lab_ledger_attached(ledger);
    lab_spool_run *run = mine(spool, attempt_id);
    lab_event line = {.kind = LAB_LINE_ENDED};
    if (!run) return LAB_OK;
    lab_event_set_text(&line, "state", ending->state);
    lab_event_set_int(&line, "exit_code", ending->exit_code);
    lab_event_set_int(&line, "signal", ending->signal);
    lab_event_set_real(&line, "wall_s", ending->wall_s);
    lab_event_set_real(&line, "cpu_s", ending->cpu_s);
    lab_event_set_int(&line, "rss_peak", ending->rss_peak);
    lab_event_set_text(&line, "reason", ending->reason);
    lab_status status = say(spool, run, &line, true, err);
    if (status != LAB_OK) return status;
    run->replay.over = true;
    if (close(run->fd) != 0) { /* where a network filesystem tells of a full disk */
        run->fd = -1;
        return fail_writing(spool->folder, err);
    }
    run->fd = -1;
    return LAB_OK;
}

/* Makes an empty file, or leaves one as it is. */
static bool touch(const char *path)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0666);
    bool good = fd >= 0 && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0 && close(fd) != 0 && good) return false;
    errno = why;
    return good;
}

lab_status lab_spool_mark(const lab_spool *spool, lab_spool_run *run, lab_error *err)
{
    lab_status status = LAB_OK;
    char *file = lab_spool_path(spool, run->hash, run->replay.ordinal, "events");
    char *path = lab_spool_path(spool, run->hash, run->replay.ordinal, "orphaned");
    /* A file whose first line did not fit may be gone again: later ones are read up to a gap. */
    if (!touch(file) || !touch(path))
        status = fail_writing(path, err);
    else
        lab_spool_sync_folder(path);
    lab_heap_free(file);
    lab_heap_free(path);
    return status;
}

lab_status lab_spool_orphaned(lab_ledger *ledger, int64_t attempt_id, lab_error *err)
{
    const lab_spool *spool = lab_ledger_attached(ledger);
    lab_spool_run *run = lab_spool_of_attempt(spool, attempt_id);
    return run && run->fd < 0 ? lab_spool_mark(spool, run, err) : LAB_OK;
}
