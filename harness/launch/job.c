#include "launch/job.h"
#include "base/heap.h"
#include "launch/board.h"
#include "wire/exit.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { TAIL_LINES = 12, TAIL_BYTES = 8192 };

/* ---- starting ---- */

char *lab_job_path(const lab_ledger *ledger, const lab_cell *cell, const char *file)
{
    lab_text path = {0};
    lab_text_add(&path, "%s/%s%s%s", lab_ledger_folder(ledger), lab_run_of(cell->hash.hex).text,
                 *file ? "/" : "", file);
    return path.data;
}

/* The file appears whole or not at all: an engine may be reading the last one. */
static lab_status write_config(const lab_cell *cell, const char *path, lab_error *err)
{
    lab_text text = {0}, partial = {0};
    lab_config_text(&cell->config, &text);
    lab_text_add(&partial, "%s.partial", path);
    FILE *file = fopen(lab_text_of(&partial), "we");
    bool good = file && fputs(lab_text_of(&text), file) >= 0;
    if (file && fclose(file) != 0) good = false;
    if (good && rename(lab_text_of(&partial), path) != 0) good = false;
    lab_status status = good ? LAB_OK
                             : lab_fail(err, LAB_ERR_IO, "%s: cannot be written: %s%s", path,
                                        strerror(errno), lab_error_cure(errno));
    lab_text_finish(&text);
    lab_text_finish(&partial);
    return status;
}

lab_status lab_job_start(lab_job *job, const lab_ledger *ledger, const lab_cell *cell,
                         const lab_engine *engine, lab_error *err)
{
    bool probe = lab_config_task(&cell->config) == LAB_TASK_PROBE;
    char threads[16];
    struct stat info;
    char *folder = lab_job_path(ledger, cell, ""), *log = lab_job_path(ledger, cell, "log.txt");
    char *config = lab_job_path(ledger, cell, "config.yaml");
    lab_text trunk = {0};
    (void)snprintf(threads, sizeof threads, "%d", job->workers);
    lab_text_add(&trunk, "%s/%s/checkpoint.safetensors", lab_ledger_folder(ledger),
                 lab_run_of(cell->parent.hex).text);
    lab_status status = LAB_OK;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        status = lab_fail(err, LAB_ERR_IO, "%s: cannot make this folder: %s%s", folder,
                          strerror(errno), lab_error_cure(errno));
    if (status == LAB_OK) status = write_config(cell, config, err);
    if (status == LAB_OK) {
        const char *words[16] = {"",          probe ? "probe" : "train",
                                 "--config",  config,
                                 "--data",    engine->data,
                                 "--out",     folder,
                                 "--workers", threads};
        if (cell->parent.hex[0]) {
            words[10] = "--trunk";
            words[11] = lab_text_of(&trunk);
        }
        job->log_start = stat(log, &info) == 0 ? info.st_size : 0;
        job->started_s = lab_clock_s();
        status = lab_engine_start(engine, words, log, &job->pid, &job->events, &job->gate, err);
    }
    if (status != LAB_OK) job->pid = 0;
    lab_text_finish(&trunk);
    lab_heap_free(folder);
    lab_heap_free(config);
    lab_heap_free(log);
    return status;
}

static void gate_close(lab_job *job)
{
    if (job->pid == 0 || job->gate < 0) return;
    (void)close(job->gate);
    job->gate = -1;
}

void lab_job_release(lab_job *job)
{
    if (job->pid != 0 && job->gate >= 0 && write(job->gate, "", 1) < 0) {
        /* it has been killed at its gate */
    }
    gate_close(job);
}

/* ---- listening ---- */

void lab_job_stop(lab_job *job, const char *as, const char *why)
{
    if (job->pid == 0 || job->ended || job->asked) return;
    job->asked = as;
    (void)snprintf(job->why, sizeof job->why, "%.380s", why);
    (void)kill(job->pid, SIGTERM);
    gate_close(job);
}

void lab_job_kill(lab_job *job)
{
    if (job->pid == 0 || job->ended) return;
    (void)kill(-job->pid, SIGKILL);
    job->killed = true;
}

static void refuse(lab_job *job, const char *why)
{
    (void)snprintf(job->nonsense, sizeof job->nonsense, "%.380s", why);
    lab_job_kill(job);
}

static void note(lab_job *job, const lab_event *event)
{
    switch (event->kind) {
    case WIRE_EVENT_MODEL:
        job->steps = lab_event_int(event, "steps");
        break;
    case WIRE_EVENT_RESUME:
        job->step_first = job->step = lab_event_int(event, "step");
        job->begun = true;
        break;
    case WIRE_EVENT_POINT:
        if (lab_event_int(event, "step") > job->step) job->step = lab_event_int(event, "step");
        job->points = true;
        break;
    case WIRE_EVENT_USAGE:
        job->rss_peak = lab_event_int(event, "rss_peak");
        break;
    case WIRE_EVENT_PROGRESS:
        job->step = lab_event_int(event, "step");
        job->steps = lab_event_int(event, "steps");
        job->images_per_s = lab_event_real(event, "images_per_s");
        break;
    case WIRE_EVENT_END:
        (void)snprintf(job->end_state, sizeof job->end_state, "%s", lab_event_text(event, "state"));
        (void)snprintf(job->end_reason, sizeof job->end_reason, "%.380s",
                       lab_event_text(event, "reason"));
        break;
    default:
        break;
    }
}

static lab_status hear(lab_job *job, lab_ledger *ledger, char *line, isize bytes, lab_error *err)
{
    lab_event event;
    lab_error why;
    if (lab_event_parse(&event, line, bytes, &why) == LAB_OK) {
        if (event.kind == WIRE_EVENT_HELLO && lab_event_int(&event, "protocol") != WIRE_PROTOCOL)
            (void)lab_fail(&why, LAB_ERR_FORMAT,
                           "the engine speaks protocol %lld, this program %d: build both together",
                           (long long)lab_event_int(&event, "protocol"), WIRE_PROTOCOL);
        else {
            note(job, &event);
            return lab_record_event(ledger, job->cell_id, job->attempt_id, &event, err);
        }
    }
    refuse(job, why.text);
    return LAB_OK;
}

/* The bytes that were read behind those that wait for the end of their line; 0 where none came. */
static isize read_some(lab_job *job)
{
    ssize_t got =
        read(job->events, job->buffer + job->used, (size_t)(LAB_JOB_BUFFER_BYTES - 1 - job->used));
    if (got > 0) return got;
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return 0;
    (void)close(job->events);
    job->events = -1;
    return 0;
}

lab_status lab_job_listen(lab_job *job, lab_ledger *ledger, bool *more, lab_error *err)
{
    char why[64];
    lab_status status = LAB_OK;
    isize got = read_some(job);
    *more = got > 0;
    if (got == 0) return LAB_OK;
    job->used += got;
    char *line = job->buffer, *end = NULL;
    while (status == LAB_OK && !job->nonsense[0] &&
           (end = memchr(line, '\n', (size_t)(job->buffer + job->used - line)))) {
        status = hear(job, ledger, line, end - line, err);
        line = end + 1;
    }
    job->used = job->nonsense[0] ? 0 : job->buffer + job->used - line;
    memmove(job->buffer, line, (size_t)job->used);
    if (job->used >= WIRE_LINE_MAX && !job->nonsense[0]) {
        (void)snprintf(why, sizeof why, "a line is longer than %d bytes", WIRE_LINE_MAX);
        refuse(job, why);
    }
    return status;
}

void lab_job_ignore(lab_job *job)
{
    job->used = 0;
    while (job->events >= 0 && read_some(job) > 0)
        ;
}

/* ---- ending ---- */

void lab_job_reap(lab_job *job)
{
    if (job->pid == 0 || job->ended) return;
    if (wait4(job->pid, &job->wait_status, WNOHANG, &job->usage) != job->pid) return;
    job->ended = true;
    job->ended_s = lab_clock_s();
}

double lab_job_share(const lab_job *job)
{
    return job->steps > 0 ? (double)job->step / (double)job->steps : 0;
}

/* An engine that nobody here asked to stop was asked by the system or by hand. */
const char *lab_job_state(const lab_job *job)
{
    if (job->nonsense[0]) return "failed";
    if (WIFSIGNALED(job->wait_status))
        return job->asked && (job->killed || WTERMSIG(job->wait_status) == SIGTERM) ? job->asked
                                                                                    : "killed";
    switch (WEXITSTATUS(job->wait_status)) {
    case WIRE_EXIT_DONE:
        return strcmp(job->end_state, "done") == 0 ? "done" : "failed";
    case WIRE_EXIT_DIVERGED:
        return "diverged";
    case WIRE_EXIT_FULL:
        return "stopped";
    case WIRE_EXIT_STOPPED:
        return job->asked ? job->asked : "preempted";
    default:
        return "failed";
    }
}

bool lab_job_full(const lab_job *job)
{
    return job->ended && WIFEXITED(job->wait_status) &&
           WEXITSTATUS(job->wait_status) == WIRE_EXIT_FULL;
}

void lab_job_reason(const lab_job *job, const char *tail, lab_text *reason)
{
    const char *last = strrchr(tail, '\n');
    int by = WIFSIGNALED(job->wait_status) ? WTERMSIG(job->wait_status) : 0;
    bool obeyed = job->asked && strcmp(lab_job_state(job), job->asked) == 0;
    if (obeyed && job->why[0] && !(by && job->killed))
        lab_text_put(reason, job->why);
    else if (job->nonsense[0])
        lab_text_add(reason, "its events cannot be read: %s", job->nonsense);
    else if (by)
        lab_text_add(reason, "signal %d (%s)%s", by, strsignal(by),
                     job->killed     ? " after a second interrupt"
                     : by == SIGKILL ? "; out of memory, or killed by hand"
                                     : "");
    else if (job->end_reason[0])
        lab_text_put(reason, job->end_reason);
    else if (WEXITSTATUS(job->wait_status) == WIRE_EXIT_DONE)
        lab_text_put(reason, "it ended without its last event");
    else
        lab_text_add(reason, "%.380s", last ? last + 1 : tail);
}

void lab_job_tail(const lab_job *job, const char *log, lab_text *tail)
{
    char bytes[TAIL_BYTES];
    off_t start = job->log_start;
    int fd = open(log, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return;
    off_t end = lseek(fd, 0, SEEK_END);
    if (end - start > TAIL_BYTES) start = end - TAIL_BYTES;
    ssize_t got = pread(fd, bytes, sizeof bytes, start);
    (void)close(fd);
    while (got > 0 && bytes[got - 1] == '\n') got--;
    ssize_t from = got;
    for (int lines = 0; from > 0; from--)
        if (bytes[from - 1] == '\n' && ++lines == TAIL_LINES) break;
    if (got > from) lab_text_bytes(tail, bytes + from, got - from);
}
