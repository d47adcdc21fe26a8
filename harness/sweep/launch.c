#include "sweep/launch.h"
#include "base/heap.h"
#include "base/terminal.h"
#include "sweep/board.h"
#include "wire/exit.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    BUFFER_BYTES = 65536,
    POLL_MS = 100,
    TAIL_LINES = 12,
    TAIL_BYTES = 8192,
    REASON_BYTES = 400
};
static const double heartbeat_every_s = 5, watch_every_s = 1;

typedef struct {
    pid_t pid;  /* 0: this place is free */
    int events; /* -1: it has ended */
    isize cell;
    int64_t cell_id, attempt_id, step_first, step, steps;
    double started_s, images_per_s;
    off_t log_start; /* of this attempt, in log.txt */
    bool resumed, killed;
    char end_state[16], end_reason[REASON_BYTES]; /* of the event end, or "" */
    char nonsense[REASON_BYTES];                  /* what made its lines unreadable, or "" */
    char buffer[BUFFER_BYTES];
    isize used;
} job;

typedef enum { OPEN, RUNNING, SETTLED } cell_status;

typedef struct {
    const lab_launch *plan;
    lab_outcome *out;
    lab_board board;
    job *jobs;
    cell_status *cells; /* one for each cell of the sweep */
    bool varying[LAB_KEY_COUNT];
    int signals, interrupts;
    bool look; /* something changed: look for cells to start */
    double heartbeat_s, watch_s, started_s;
    /* For the estimate, by task (pretrain, probe): work in arbitrary units, and what it took. */
    double work_done[2], work_left[2], seconds[2];
} launcher;

/* ---- how much work a cell is ---- */

static int task_of(const lab_cell *cell)
{
    return lab_config_task(&cell->config) == LAB_TASK_PROBE;
}

/* Proportional to a run's time among runs of one task, roughly: only for the time left. */
static double work_of(const lab_cell *cell)
{
    const lab_config *c = &cell->config;
    double side = (double)lab_config_int(c, LAB_KEY_data_image_px) /
                  (double)lab_config_int(c, LAB_KEY_model_patch_px);
    double width = (double)lab_config_int(c, LAB_KEY_model_width);
    double work = side * side * width * width * (double)lab_config_int(c, LAB_KEY_model_depth);
    if (task_of(cell)) return work * (double)lab_config_int(c, LAB_KEY_probe_epochs);
    return work * (double)lab_config_int(c, LAB_KEY_optim_steps) *
           (double)lab_config_int(c, LAB_KEY_optim_batch_images);
}

static double fraction_of(const job *j)
{
    if (j->steps <= 0) return 0;
    return (double)j->step / (double)j->steps;
}

/* Seconds left, or NaN before anything is known. */
static double time_left(const launcher *l)
{
    double total = 0;
    for (int task = 0; task < 2; task++) {
        double done = l->work_done[task], seconds = l->seconds[task], left = l->work_left[task];
        for (int i = 0; i < l->plan->jobs; i++) {
            const job *j = &l->jobs[i];
            if (j->pid == 0 || task_of(&l->plan->sweep->cells[j->cell]) != task) continue;
            double work = work_of(&l->plan->sweep->cells[j->cell]);
            double ran = j->steps > 0 ? (double)(j->step - j->step_first) / (double)j->steps : 0;
            done += work * ran;
            left += work * (1 - fraction_of(j));
            seconds += lab_clock_s() - j->started_s;
        }
        if (left <= 0) continue;
        if (done <= 0) return (double)NAN;
        total += left * seconds / done;
    }
    return total / l->plan->jobs;
}

/* ---- what a person sees ---- */

static void label(const launcher *l, isize cell, lab_text *text)
{
    const lab_cell *c = &l->plan->sweep->cells[cell];
    lab_text_add(text, "%s %-9s ", lab_run_of(c->hash.hex).text, lab_cell_kind(c));
    lab_sweep_label(c, l->varying, text);
}

static int settled(const launcher *l)
{
    int count = 0;
    for (isize i = 0; i < l->plan->sweep->count; i++) count += l->cells[i] == SETTLED;
    return count;
}

static int running(const launcher *l)
{
    int count = 0;
    for (int i = 0; i < l->plan->jobs; i++) count += l->jobs[i].pid != 0;
    return count;
}

static void say(launcher *l, isize cell, const char *word, const char *more)
{
    lab_text text = {0};
    lab_ink ink = strcmp(word, "done") == 0      ? LAB_GREEN
                  : strcmp(word, "start") == 0   ? LAB_DIM
                  : strcmp(word, "resume") == 0  ? LAB_DIM
                  : strcmp(word, "stopped") == 0 ? LAB_YELLOW
                                                 : LAB_RED;
    label(l, cell, &text);
    lab_board_say(&l->board, "[%d/%td] %s%-8s%s %s%s%s", settled(l), l->plan->sweep->count,
                  lab_terminal_ink(STDOUT_FILENO, ink), word,
                  lab_terminal_ink(STDOUT_FILENO, LAB_PLAIN), lab_text_of(&text), *more ? "  " : "",
                  more);
    lab_text_finish(&text);
}

static void draw(launcher *l)
{
    lab_text text = {0};
    for (int i = 0; i < l->plan->jobs; i++) {
        const job *j = &l->jobs[i];
        if (j->pid == 0) continue;
        double ran = lab_clock_s() - j->started_s, steps = (double)(j->step - j->step_first);
        double left = steps > 0 ? (double)(j->steps - j->step) * ran / steps : (double)NAN;
        lab_text_put(&text, "  ");
        lab_board_bar(&text, fraction_of(j), 16);
        lab_text_add(&text, " %3.0f%% ", 100 * fraction_of(j));
        if (j->images_per_s > 0)
            lab_text_add(&text, "%s images/s ", lab_short_count(j->images_per_s).text);
        if (isfinite(left)) lab_text_add(&text, "%s left ", lab_short_seconds(left).text);
        label(l, j->cell, &text);
        lab_text_put(&text, "\n");
    }
    double left = time_left(l);
    lab_text_add(&text, "%d of %td cells settled, %d running, %s so far", settled(l),
                 l->plan->sweep->count, running(l),
                 lab_short_seconds(lab_clock_s() - l->started_s).text);
    if (isfinite(left)) lab_text_add(&text, ", about %s left", lab_short_seconds(left).text);
    if (l->interrupts) lab_text_put(&text, "; stopping");
    lab_text_put(&text, "\n");
    lab_board_draw(&l->board, lab_text_of(&text));
    lab_text_finish(&text);
}

/* ---- a run's folder ---- */

static char *path_in(const launcher *l, isize cell, const char *file)
{
    lab_text path = {0};
    lab_text_add(&path, "%s/%s%s%s", lab_ledger_folder(l->plan->ledger),
                 lab_run_of(l->plan->sweep->cells[cell].hash.hex).text, *file ? "/" : "", file);
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
    lab_status status =
        good ? LAB_OK
             : lab_fail(err, LAB_ERR_IO, "%s: cannot be written: %s", path, strerror(errno));
    lab_text_finish(&text);
    lab_text_finish(&partial);
    return status;
}

/* The last lines that this attempt wrote to its log. */
static void read_tail(const char *path, off_t start, lab_text *tail)
{
    char bytes[TAIL_BYTES];
    int fd = open(path, O_RDONLY | O_CLOEXEC);
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

/* ---- starting ---- */

static lab_status spawn(launcher *l, job *j, lab_error *err)
{
    const lab_cell *cell = &l->plan->sweep->cells[j->cell];
    bool probe = task_of(cell);
    char workers[16];
    struct stat info;
    char *folder = path_in(l, j->cell, ""), *log = path_in(l, j->cell, "log.txt");
    char *config = path_in(l, j->cell, "config.yaml");
    lab_text trunk = {0};
    (void)snprintf(workers, sizeof workers, "%d", l->plan->workers);
    lab_text_add(&trunk, "%s/%s/checkpoint.safetensors", lab_ledger_folder(l->plan->ledger),
                 lab_run_of(cell->parent.hex).text);
    lab_status status = LAB_OK;
    if (mkdir(folder, 0777) != 0 && errno != EEXIST)
        status =
            lab_fail(err, LAB_ERR_IO, "%s: cannot make this folder: %s", folder, strerror(errno));
    if (status == LAB_OK) status = write_config(cell, config, err);
    if (status == LAB_OK) {
        const char *words[16] = {"",          probe ? "probe" : "train",
                                 "--config",  config,
                                 "--data",    l->plan->engine->data,
                                 "--out",     folder,
                                 "--workers", workers};
        if (cell->parent.hex[0]) {
            words[10] = "--trunk";
            words[11] = lab_text_of(&trunk);
        }
        j->log_start = stat(log, &info) == 0 ? info.st_size : 0;
        status = lab_engine_start(l->plan->engine, words, log, &j->pid, &j->events, err);
    }
    lab_text_finish(&trunk);
    lab_heap_free(folder);
    lab_heap_free(config);
    lab_heap_free(log);
    return status;
}

static lab_status begin_cell(launcher *l, job *j, isize index, const lab_cell_state *state,
                             const char *input, lab_error *err)
{
    const lab_cell *cell = &l->plan->sweep->cells[index];
    int64_t attempt_id = 0;
    lab_status status =
        lab_record_claim(l->plan->ledger, cell, input, l->plan->retry, &attempt_id, err);
    if (status != LAB_OK || attempt_id == 0) return status;
    *j = (job){.events = -1,
               .cell = index,
               .cell_id = state->cell_id,
               .attempt_id = attempt_id,
               .started_s = lab_clock_s()};
    status = spawn(l, j, err);
    if (status == LAB_OK) status = lab_record_started(l->plan->ledger, attempt_id, j->pid, err);
    if (status != LAB_OK) return status;
    l->cells[index] = RUNNING;
    l->work_left[task_of(cell)] -= work_of(cell);
    lab_text more = {0};
    if (state->step > 0) lab_text_add(&more, "from step %lld", (long long)state->step);
    say(l, index, state->step > 0 ? "resume" : "start", lab_text_of(&more));
    lab_text_finish(&more);
    return LAB_OK;
}

static void settle(launcher *l, isize index, int *counter)
{
    const lab_cell *cell = &l->plan->sweep->cells[index];
    if (l->cells[index] == OPEN) l->work_left[task_of(cell)] -= work_of(cell);
    l->cells[index] = SETTLED;
    l->look = true;
    (*counter)++;
}

/* Decides about one open cell, and starts it in *j where that is what it needs. */
static lab_status consider(launcher *l, job *j, isize index, lab_error *err)
{
    const lab_cell *cell = &l->plan->sweep->cells[index];
    lab_cell_state state, parent;
    bool has_parent = cell->parent.hex[0] != 0;
    lab_status status = lab_record_state(l->plan->ledger, cell->hash.hex, &state, err);
    if (status == LAB_OK && has_parent)
        status = lab_record_state(l->plan->ledger, cell->parent.hex, &parent, err);
    if (status != LAB_OK) return status;
    bool parent_open = cell->parent_cell >= 0 && l->cells[cell->parent_cell] != SETTLED;
    lab_action action =
        lab_record_decide(&state, has_parent ? &parent : NULL,
                          parent_open ? LAB_DO_WAIT : LAB_SKIP_FAILED, l->plan->retry);
    switch (action) {
    case LAB_SKIP_DONE:
        settle(l, index, &l->out->skipped);
        break;
    case LAB_SKIP_FAILED:
        settle(l, index, &l->out->failed_before);
        say(l, index, state.state, "earlier; left alone without --retry");
        break;
    case LAB_SKIP_BLOCKED:
        settle(l, index, &l->out->blocked);
        say(l, index, "blocked", "its pre-training run is not done");
        break;
    case LAB_DO_WAIT:
    case LAB_DO_WATCH:
        break;
    case LAB_DO_RUN:
    case LAB_DO_RESUME:
    case LAB_DO_REDO:
        if (!j) break;
        return begin_cell(l, j, index, &state, has_parent ? parent.checkpoint : "", err);
    }
    return LAB_OK;
}

static job *free_job(launcher *l)
{
    for (int i = 0; i < l->plan->jobs; i++)
        if (l->jobs[i].pid == 0) return &l->jobs[i];
    return NULL;
}

static bool may_start(const launcher *l)
{
    bool enough = l->plan->failures_max > 0 && l->out->failed >= l->plan->failures_max;
    return l->interrupts == 0 && !enough;
}

/* The first look settles every cell that needs no process; later ones stop when no place is free.
 */
static lab_status start_more(launcher *l, lab_error *err)
{
    lab_status status = LAB_OK;
    if (!may_start(l)) return LAB_OK;
    if (!l->look && lab_clock_s() - l->watch_s < watch_every_s) return LAB_OK;
    bool first = l->watch_s == 0;
    l->watch_s = lab_clock_s();
    do {
        l->look = false; /* settling a cell sets it again: its probes can be decided then */
        for (isize i = 0; status == LAB_OK && may_start(l) && i < l->plan->sweep->count; i++) {
            job *j = free_job(l);
            if (!j && !first) break;
            if (l->cells[i] == OPEN) status = consider(l, j, i, err);
        }
    } while (status == LAB_OK && l->look);
    return status;
}

/* ---- listening ---- */

static void kill_job(job *j)
{
    if (j->pid > 0) (void)kill(-j->pid, SIGKILL);
    j->killed = true;
}

static lab_status hear(launcher *l, job *j, char *line, isize bytes, lab_error *err)
{
    lab_event event;
    lab_error why;
    if (lab_event_parse(&event, line, bytes, &why) != LAB_OK) {
        (void)snprintf(j->nonsense, sizeof j->nonsense, "%.380s", why.text);
        kill_job(j);
        return LAB_OK;
    }
    switch (event.kind) {
    case WIRE_EVENT_HELLO:
        if (lab_event_int(&event, "protocol") == WIRE_PROTOCOL) break;
        (void)snprintf(j->nonsense, sizeof j->nonsense,
                       "the engine speaks protocol %lld, this program %d: build both together",
                       (long long)lab_event_int(&event, "protocol"), WIRE_PROTOCOL);
        kill_job(j);
        return LAB_OK;
    case WIRE_EVENT_MODEL:
        j->steps = lab_event_int(&event, "steps");
        break;
    case WIRE_EVENT_RESUME:
        j->step_first = j->step = lab_event_int(&event, "step");
        break;
    case WIRE_EVENT_POINT:
        if (lab_event_int(&event, "step") > j->step) j->step = lab_event_int(&event, "step");
        break;
    case WIRE_EVENT_PROGRESS:
        j->step = lab_event_int(&event, "step");
        j->steps = lab_event_int(&event, "steps");
        j->images_per_s = lab_event_real(&event, "images_per_s");
        break;
    case WIRE_EVENT_END:
        (void)snprintf(j->end_state, sizeof j->end_state, "%s", lab_event_text(&event, "state"));
        (void)snprintf(j->end_reason, sizeof j->end_reason, "%.380s",
                       lab_event_text(&event, "reason"));
        break;
    default:
        break;
    }
    return lab_record_event(l->plan->ledger, j->cell_id, j->attempt_id, &event, err);
}

/* Reads what has arrived, once, and takes the whole lines; *more tells whether there was any. */
static lab_status listen_once(launcher *l, job *j, bool *more, lab_error *err)
{
    lab_status status = LAB_OK;
    ssize_t got = read(j->events, j->buffer + j->used, (size_t)(BUFFER_BYTES - 1 - j->used));
    *more = got > 0;
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) return LAB_OK;
    if (got <= 0) {
        (void)close(j->events);
        j->events = -1;
        return LAB_OK;
    }
    j->used += got;
    char *line = j->buffer, *end = NULL;
    while (status == LAB_OK && !j->nonsense[0] &&
           (end = memchr(line, '\n', (size_t)(j->buffer + j->used - line)))) {
        status = hear(l, j, line, end - line, err);
        line = end + 1;
    }
    j->used = j->nonsense[0] ? 0 : j->buffer + j->used - line;
    memmove(j->buffer, line, (size_t)j->used);
    if (j->used >= WIRE_LINE_MAX && !j->nonsense[0]) {
        (void)snprintf(j->nonsense, sizeof j->nonsense, "a line is longer than %d bytes",
                       WIRE_LINE_MAX);
        kill_job(j);
    }
    return status;
}

/* ---- ending ---- */

static const char *state_of(const launcher *l, const job *j, int wait_status)
{
    if (j->nonsense[0]) return "failed";
    if (WIFSIGNALED(wait_status)) return l->interrupts > 1 && j->killed ? "stopped" : "killed";
    switch (WEXITSTATUS(wait_status)) {
    case WIRE_EXIT_DONE:
        return strcmp(j->end_state, "done") == 0 ? "done" : "failed";
    case WIRE_EXIT_DIVERGED:
        return "diverged";
    case WIRE_EXIT_STOPPED:
        return "stopped";
    default:
        return "failed";
    }
}

static void reason_of(const job *j, int wait_status, const char *tail, lab_text *reason)
{
    const char *last = strrchr(tail, '\n');
    if (j->nonsense[0])
        lab_text_add(reason, "its events cannot be read: %s", j->nonsense);
    else if (WIFSIGNALED(wait_status))
        lab_text_add(reason, "signal %d (%s)%s", WTERMSIG(wait_status),
                     strsignal(WTERMSIG(wait_status)),
                     j->killed                          ? " after a second interrupt"
                     : WTERMSIG(wait_status) == SIGKILL ? "; out of memory, or killed by hand"
                                                        : "");
    else if (j->end_reason[0])
        lab_text_put(reason, j->end_reason);
    else if (WEXITSTATUS(wait_status) == WIRE_EXIT_DONE)
        lab_text_put(reason, "it ended without its last event");
    else
        lab_text_add(reason, "%.380s", last ? last + 1 : tail);
}

static void say_failure(launcher *l, const job *j, const char *reason, const char *tail)
{
    char *log = path_in(l, j->cell, "log.txt");
    lab_board_say(&l->board, "    %s", reason);
    lab_board_say(&l->board, "    log: %s", log);
    while (*tail) {
        int bytes = (int)strcspn(tail, "\n");
        lab_board_say(&l->board, "    | %.*s", bytes, tail);
        tail += bytes + (tail[bytes] == '\n');
    }
    lab_heap_free(log);
}

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

static lab_status end_job(launcher *l, job *j, int wait_status, const struct rusage *usage,
                          lab_error *err)
{
    const lab_cell *cell = &l->plan->sweep->cells[j->cell];
    const char *state = state_of(l, j, wait_status);
    bool failed = strcmp(state, "done") != 0 && strcmp(state, "stopped") != 0;
    lab_text reason = {0}, tail = {0}, took = {0};
    char *log = path_in(l, j->cell, "log.txt");
    read_tail(log, j->log_start, &tail);
    reason_of(j, wait_status, lab_text_of(&tail), &reason);
    lab_ending ending = {
        .state = state,
        .reason = lab_text_of(&reason),
        .exit_code = WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : -1,
        .signal = WIFSIGNALED(wait_status) ? WTERMSIG(wait_status) : -1,
        .wall_s = lab_clock_s() - j->started_s,
        .cpu_s = seconds_of(usage->ru_utime) + seconds_of(usage->ru_stime),
        .rss_peak = (int64_t)usage->ru_maxrss * 1024,
    };
    lab_status status = lab_record_end(l->plan->ledger, j->attempt_id, &ending, err);
    int task = task_of(cell);
    if (strcmp(state, "done") == 0 && j->steps > 0) {
        l->work_done[task] += work_of(cell) * (double)(j->steps - j->step_first) / (double)j->steps;
        l->seconds[task] += ending.wall_s;
    }
    settle(l, j->cell,
           failed                       ? &l->out->failed
           : strcmp(state, "done") == 0 ? &l->out->done
                                        : &l->out->stopped);
    lab_text_add(&took, "%s", lab_short_seconds(ending.wall_s).text);
    if (j->step > 0 && strcmp(state, "done") != 0)
        lab_text_add(&took, ", step %lld", (long long)j->step);
    say(l, j->cell, state, lab_text_of(&took));
    if (failed) say_failure(l, j, lab_text_of(&reason), lab_text_of(&tail));
    j->pid = 0;
    lab_heap_free(log);
    lab_text_finish(&reason);
    lab_text_finish(&tail);
    lab_text_finish(&took);
    return status;
}

/* An ended engine's pipe may hold lines still. */
static lab_status hear_rest(launcher *l, job *j, lab_error *err)
{
    bool more = j->events >= 0;
    lab_status status = lab_ledger_begin(l->plan->ledger, err);
    while (status == LAB_OK && more && j->events >= 0) status = listen_once(l, j, &more, err);
    if (status == LAB_OK) status = lab_ledger_commit(l->plan->ledger, err);
    lab_ledger_rollback(l->plan->ledger);
    if (j->events >= 0) (void)close(j->events);
    j->events = -1;
    return status;
}

static lab_status reap_jobs(launcher *l, lab_error *err)
{
    lab_status status = LAB_OK;
    for (int i = 0; status == LAB_OK && i < l->plan->jobs; i++) {
        job *j = &l->jobs[i];
        struct rusage usage;
        int wait_status = 0;
        if (j->pid == 0 || wait4(j->pid, &wait_status, WNOHANG, &usage) != j->pid) continue;
        status = hear_rest(l, j, err);
        if (status == LAB_OK) status = end_job(l, j, wait_status, &usage, err);
    }
    return status;
}

/* ---- the loop ---- */

static void take_signals(launcher *l)
{
    struct signalfd_siginfo info;
    while (read(l->signals, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGCHLD) continue;
        l->interrupts++;
        lab_board_say(&l->board, l->interrupts == 1
                                     ? "stopping: each run writes a checkpoint first; once more "
                                       "kills them (either way the same command resumes)"
                                     : "killing the runs");
        for (int i = 0; i < l->plan->jobs; i++) {
            job *j = &l->jobs[i];
            if (j->pid == 0) continue;
            if (l->interrupts > 1)
                kill_job(j);
            else
                (void)kill(j->pid, SIGTERM);
        }
    }
}

static lab_status hear_all(launcher *l, const struct pollfd *polled, lab_error *err)
{
    bool beat = lab_clock_s() - l->heartbeat_s >= heartbeat_every_s, any = beat;
    for (int i = 0; i < l->plan->jobs; i++) any |= polled[i].revents != 0;
    if (!any) return LAB_OK;
    lab_status status = lab_ledger_begin(l->plan->ledger, err);
    for (int i = 0; status == LAB_OK && i < l->plan->jobs; i++) {
        job *j = &l->jobs[i];
        if (j->pid == 0) continue;
        bool more = false;
        if (polled[i].revents && j->events >= 0) status = listen_once(l, j, &more, err);
        if (status == LAB_OK && beat)
            status = lab_record_heartbeat(l->plan->ledger, j->attempt_id, err);
    }
    if (beat) l->heartbeat_s = lab_clock_s();
    if (status == LAB_OK) status = lab_ledger_commit(l->plan->ledger, err);
    lab_ledger_rollback(l->plan->ledger);
    return status;
}

static lab_status round_of(launcher *l, struct pollfd *polled, lab_error *err)
{
    int jobs = l->plan->jobs;
    for (int i = 0; i < jobs; i++) {
        const job *j = &l->jobs[i];
        polled[i] = (struct pollfd){.fd = j->pid ? j->events : -1, .events = POLLIN};
    }
    polled[jobs] = (struct pollfd){.fd = l->signals, .events = POLLIN};
    if (poll(polled, (nfds_t)jobs + 1, POLL_MS) < 0 && errno != EINTR)
        return lab_fail(err, LAB_ERR_IO, "poll: %s", strerror(errno));
    if (polled[jobs].revents) take_signals(l);
    lab_status status = hear_all(l, polled, err);
    if (status == LAB_OK) status = reap_jobs(l, err);
    if (status == LAB_OK) status = start_more(l, err);
    if (status == LAB_OK && lab_board_due(&l->board) && running(l) > 0) draw(l);
    return status;
}

static bool open_left(const launcher *l)
{
    if (running(l) > 0) return true;
    return may_start(l) && settled(l) < l->plan->sweep->count;
}

static lab_status loop(launcher *l, lab_error *err)
{
    struct pollfd *polled = lab_heap_take((l->plan->jobs + 1) * (isize)sizeof *polled);
    lab_status status = start_more(l, err);
    while (status == LAB_OK && open_left(l)) status = round_of(l, polled, err);
    lab_board_wipe(&l->board);
    for (int i = 0; status != LAB_OK && i < l->plan->jobs; i++) {
        job *j = &l->jobs[i];
        if (j->pid == 0) continue;
        kill_job(j);
        (void)waitpid(j->pid, NULL, 0);
    }
    for (int i = 0; i < l->plan->jobs; i++)
        if (l->jobs[i].pid && l->jobs[i].events >= 0) (void)close(l->jobs[i].events);
    lab_heap_free(polled);
    return status;
}

lab_status lab_launch_run(const lab_launch *launch, lab_outcome *out, lab_error *err)
{
    sigset_t caught, before;
    *out = (lab_outcome){0};
    LAB_ASSERT(launch->jobs > 0 && launch->workers > 0);
    launcher *l = lab_heap_take(sizeof *l);
    *l = (launcher){.plan = launch, .out = out, .look = true, .started_s = lab_clock_s()};
    l->jobs = lab_heap_take(launch->jobs * (isize)sizeof *l->jobs);
    l->cells = lab_heap_take(launch->sweep->count * (isize)sizeof *l->cells);
    lab_board_init(&l->board);
    lab_sweep_varying(launch->sweep, l->varying);
    for (isize i = 0; i < launch->sweep->count; i++)
        l->work_left[task_of(&launch->sweep->cells[i])] += work_of(&launch->sweep->cells[i]);
    (void)sigemptyset(&caught);
    (void)sigaddset(&caught, SIGINT);
    (void)sigaddset(&caught, SIGTERM);
    (void)sigaddset(&caught, SIGHUP);
    (void)sigaddset(&caught, SIGCHLD);
    (void)sigprocmask(SIG_BLOCK, &caught, &before);
    (void)signal(SIGPIPE, SIG_IGN); /* a reader of our output may leave; the runs go on */
    lab_status status = LAB_OK;
    l->signals = signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
    if (l->signals < 0) status = lab_fail(err, LAB_ERR_IO, "signalfd: %s", strerror(errno));
    if (status == LAB_OK) status = lab_record_sweep(launch->ledger, launch->sweep, err);
    if (status == LAB_OK) status = loop(l, err);
    out->interrupted = l->interrupts > 0;
    for (isize i = 0; i < launch->sweep->count; i++) out->stopped += l->cells[i] == OPEN;
    out->wall_s = lab_clock_s() - l->started_s;
    if (l->signals >= 0) (void)close(l->signals);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    lab_heap_free(l->cells);
    lab_heap_free(l->jobs);
    lab_heap_free(l);
    return status;
}
