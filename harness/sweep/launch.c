#include "sweep/launch.h"
#include "base/heap.h"
#include "base/terminal.h"
#include "sweep/board.h"
#include "sweep/progress.h"
#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLL_MS = 100 };
static const double heartbeat_every_s = 5, watch_every_s = 1, patience_s = 0.25, stop_within_s = 60;

typedef enum { OPEN, RUNNING, SETTLED } cell_status;

typedef struct {
    const lab_launch *plan;
    lab_outcome *out;
    lab_board board;
    lab_progress progress;
    lab_job *jobs;
    struct pollfd *polled; /* one for each job, and one for the signals */
    cell_status *cells;    /* one for each cell of the sweep */
    bool varying[LAB_KEY_COUNT];
    int signals, interrupts;
    bool look;     /* something changed: look for cells to start */
    bool surveyed; /* every cell has been looked at */
    bool waiting;  /* another process holds the ledger */
    double heartbeat_s, watch_s, started_s;
} launcher;

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
        const lab_job *j = &l->jobs[i];
        if (j->pid == 0) continue;
        double ran = lab_clock_s() - j->started_s, steps = (double)(j->step - j->step_first);
        double left = steps > 0 ? (double)(j->steps - j->step) * ran / steps : (double)NAN;
        lab_text_put(&text, "  ");
        lab_board_bar(&text, lab_progress_share(j), 16);
        lab_text_add(&text, " %3.0f%% ", 100 * lab_progress_share(j));
        if (j->images_per_s > 0)
            lab_text_add(&text, "%s images/s ", lab_short_count(j->images_per_s).text);
        if (isfinite(left)) lab_text_add(&text, "%s left ", lab_short_seconds(left).text);
        label(l, j->cell, &text);
        lab_text_put(&text, "\n");
    }
    double left = lab_progress_left(&l->progress, l->plan->sweep, l->jobs, l->plan->jobs);
    lab_text_add(&text, "%d of %td cells settled, %d running, %s so far", settled(l),
                 l->plan->sweep->count, running(l),
                 lab_short_seconds(lab_clock_s() - l->started_s).text);
    if (isfinite(left)) lab_text_add(&text, ", about %s left", lab_short_seconds(left).text);
    if (l->interrupts) lab_text_put(&text, "; stopping");
    lab_text_put(&text, "\n");
    lab_board_draw(&l->board, lab_text_of(&text));
    lab_text_finish(&text);
}

/* The engine has said where it starts from. */
static void say_begun(launcher *l, lab_job *j)
{
    lab_text more = {0};
    if (j->told || !j->begun) return;
    if (j->step_first > 0) lab_text_add(&more, "from step %lld", (long long)j->step_first);
    say(l, j->cell, j->step_first > 0 ? "resume" : "start", lab_text_of(&more));
    lab_text_finish(&more);
    j->told = true;
}

static void say_failure(launcher *l, const char *log, const char *reason, const char *tail)
{
    lab_board_say(&l->board, "    %s", reason);
    lab_board_say(&l->board, "    log: %s", log);
    while (*tail) {
        int bytes = (int)strcspn(tail, "\n");
        lab_board_say(&l->board, "    | %.*s", bytes, tail);
        tail += bytes + (tail[bytes] == '\n');
    }
}

/* ---- starting ---- */

/* A ledger that is busy now gets the pid in a later round. */
static lab_status note_pid(launcher *l, lab_job *j, lab_error *err)
{
    lab_status status = lab_record_started(l->plan->ledger, j->attempt_id, j->pid, err);
    j->noted = status == LAB_OK;
    return status == LAB_ERR_BUSY ? LAB_OK : status;
}

static lab_status begin_cell(launcher *l, lab_job *j, isize index, int64_t cell_id,
                             const char *input, lab_error *err)
{
    const lab_cell *cell = &l->plan->sweep->cells[index];
    int64_t attempt_id = 0;
    lab_status status =
        lab_record_claim(l->plan->ledger, cell, input, l->plan->retry, &attempt_id, err);
    if (status != LAB_OK || attempt_id == 0) return status;
    *j = (lab_job){.events = -1, .cell = index, .cell_id = cell_id, .attempt_id = attempt_id};
    status = lab_job_start(j, l->plan->ledger, cell, l->plan->engine, l->plan->workers, err);
    if (status != LAB_OK) return status;
    l->cells[index] = RUNNING;
    lab_progress_drop(&l->progress, cell);
    return note_pid(l, j, err);
}

static void settle(launcher *l, isize index, int *counter)
{
    if (l->cells[index] == OPEN) lab_progress_drop(&l->progress, &l->plan->sweep->cells[index]);
    l->cells[index] = SETTLED;
    l->look = true;
    (*counter)++;
}

/* Decides about one open cell, and starts it in *j where that is what it needs. */
static lab_status consider(launcher *l, lab_job *j, isize index, lab_error *err)
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
        return begin_cell(l, j, index, state.cell_id, has_parent ? parent.checkpoint : "", err);
    }
    return LAB_OK;
}

static lab_job *free_job(launcher *l)
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
    l->watch_s = lab_clock_s();
    do {
        l->look = false; /* settling a cell sets it again: its probes can be decided then */
        for (isize i = 0; status == LAB_OK && may_start(l) && i < l->plan->sweep->count; i++) {
            lab_job *j = free_job(l);
            if (!j && l->surveyed) break;
            if (l->cells[i] == OPEN) status = consider(l, j, i, err);
        }
    } while (status == LAB_OK && l->look);
    if (status == LAB_OK)
        l->surveyed = true;
    else
        l->look = true;
    return status;
}

/* ---- listening ---- */

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
            if (l->interrupts > 1)
                lab_job_kill(&l->jobs[i]);
            else
                lab_job_stop(&l->jobs[i]);
        }
    }
}

/* Until something happens, or for POLL_MS. */
static lab_status wait_a_moment(launcher *l, lab_error *err)
{
    int jobs = l->plan->jobs;
    for (int i = 0; i < jobs; i++) {
        const lab_job *j = &l->jobs[i];
        l->polled[i] = (struct pollfd){.fd = j->pid ? j->events : -1, .events = POLLIN};
    }
    l->polled[jobs] = (struct pollfd){.fd = l->signals, .events = POLLIN};
    if (poll(l->polled, (nfds_t)jobs + 1, POLL_MS) < 0 && errno != EINTR)
        return lab_fail(err, LAB_ERR_IO, "poll: %s", strerror(errno));
    if (l->polled[jobs].revents) take_signals(l);
    return LAB_OK;
}

static lab_status hear_job(launcher *l, lab_job *j, bool ready, bool beat, lab_error *err)
{
    bool more = false;
    lab_status status = LAB_OK;
    if (!j->noted) status = note_pid(l, j, err);
    if (status == LAB_OK && ready && j->events >= 0)
        status = lab_job_listen(j, l->plan->ledger, &more, err);
    if (status == LAB_OK && beat)
        status = lab_record_heartbeat(l->plan->ledger, j->attempt_id, j->step, err);
    if (status == LAB_OK) say_begun(l, j);
    return status;
}

static lab_status hear_all(launcher *l, lab_error *err)
{
    bool beat = lab_clock_s() - l->heartbeat_s >= heartbeat_every_s, any = beat;
    for (int i = 0; i < l->plan->jobs; i++)
        any |= l->polled[i].revents != 0 || (l->jobs[i].pid != 0 && !l->jobs[i].noted);
    if (!any) return LAB_OK;
    lab_status status = lab_ledger_begin(l->plan->ledger, err);
    for (int i = 0; status == LAB_OK && i < l->plan->jobs; i++)
        if (l->jobs[i].pid != 0)
            status = hear_job(l, &l->jobs[i], l->polled[i].revents != 0, beat, err);
    if (status == LAB_OK) status = lab_ledger_commit(l->plan->ledger, err);
    lab_ledger_rollback(l->plan->ledger);
    if (status != LAB_OK) return status;
    if (beat) l->heartbeat_s = lab_clock_s();
    l->waiting = false;
    return LAB_OK;
}

/* ---- ending ---- */

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

static lab_status record_end(launcher *l, const lab_job *j, const char *state, const char *reason,
                             lab_error *err)
{
    lab_ending ending = {
        .state = state,
        .reason = reason,
        .exit_code = j->ended && WIFEXITED(j->wait_status) ? WEXITSTATUS(j->wait_status) : -1,
        .signal = j->ended && WIFSIGNALED(j->wait_status) ? WTERMSIG(j->wait_status) : -1,
        .wall_s = j->ended ? j->ended_s - j->started_s : 0,
        .cpu_s = seconds_of(j->usage.ru_utime) + seconds_of(j->usage.ru_stime),
        .rss_peak = (int64_t)j->usage.ru_maxrss * 1024,
    };
    return lab_record_end(l->plan->ledger, j->attempt_id, &ending, err);
}

/* An ended engine's pipe may hold lines still: they and its end are one transaction. */
static lab_status hear_end(launcher *l, lab_job *j, const char *tail, lab_text *reason,
                           lab_error *err)
{
    bool more = true;
    lab_status status = lab_ledger_begin(l->plan->ledger, err);
    while (status == LAB_OK && more && j->events >= 0)
        status = lab_job_listen(j, l->plan->ledger, &more, err);
    lab_job_reason(j, tail, reason);
    if (status == LAB_OK)
        status = record_end(l, j, lab_job_state(j, l->interrupts), lab_text_of(reason), err);
    if (status == LAB_OK) status = lab_record_summary(l->plan->ledger, j->attempt_id, err);
    if (status == LAB_OK) status = lab_ledger_commit(l->plan->ledger, err);
    lab_ledger_rollback(l->plan->ledger);
    return status;
}

static void free_place(lab_job *j)
{
    if (j->events >= 0) (void)close(j->events);
    j->events = -1;
    j->pid = 0;
    j->attempt_id = 0;
}

static lab_status end_job(launcher *l, lab_job *j, lab_error *err)
{
    const lab_cell *cell = &l->plan->sweep->cells[j->cell];
    lab_text reason = {0}, tail = {0}, took = {0};
    char *log = lab_job_path(l->plan->ledger, cell, "log.txt");
    lab_job_tail(j, log, &tail);
    lab_status status = hear_end(l, j, lab_text_of(&tail), &reason, err);
    if (status != LAB_OK) goto done;
    const char *state = lab_job_state(j, l->interrupts);
    bool good = strcmp(state, "done") == 0, stopped = strcmp(state, "stopped") == 0;
    double wall_s = j->ended_s - j->started_s;
    if (good) lab_progress_done(&l->progress, cell, j, wall_s);
    say_begun(l, j);
    settle(l, j->cell, good ? &l->out->done : stopped ? &l->out->stopped : &l->out->failed);
    lab_text_add(&took, "%s", lab_short_seconds(wall_s).text);
    if (j->step > 0 && !good) lab_text_add(&took, ", step %lld", (long long)j->step);
    say(l, j->cell, state, lab_text_of(&took));
    if (!good && !stopped) say_failure(l, log, lab_text_of(&reason), lab_text_of(&tail));
    free_place(j);
done:
    lab_heap_free(log);
    lab_text_finish(&reason);
    lab_text_finish(&tail);
    lab_text_finish(&took);
    return status;
}

static lab_status reap_jobs(launcher *l, lab_error *err)
{
    lab_status status = LAB_OK;
    for (int i = 0; status == LAB_OK && i < l->plan->jobs; i++) {
        lab_job_reap(&l->jobs[i]);
        if (l->jobs[i].pid != 0 && l->jobs[i].ended) status = end_job(l, &l->jobs[i], err);
    }
    return status;
}

/* ---- the loop ---- */

/* A busy ledger is no failure: nothing of this round is lost, and the next one does it. */
static lab_status be_patient(launcher *l, lab_status status)
{
    if (status != LAB_ERR_BUSY || l->interrupts > 2) return status;
    if (!l->waiting)
        lab_board_say(&l->board, "waiting for the ledger: another process holds its lock");
    l->waiting = true;
    return LAB_OK;
}

static lab_status round_of(launcher *l, lab_error *err)
{
    lab_status status = wait_a_moment(l, err);
    if (status == LAB_OK) status = hear_all(l, err);
    if (status == LAB_OK) status = reap_jobs(l, err);
    if (status == LAB_OK) status = start_more(l, err);
    if (lab_board_due(&l->board) && running(l) > 0) draw(l);
    return be_patient(l, status);
}

static bool open_left(const launcher *l)
{
    if (running(l) > 0) return true;
    return may_start(l) && settled(l) < l->plan->sweep->count;
}

static bool engines_left(launcher *l)
{
    bool left = false;
    for (int i = 0; i < l->plan->jobs; i++) {
        lab_job *j = &l->jobs[i];
        lab_job_ignore(j);
        lab_job_reap(j);
        left |= j->pid != 0 && !j->ended;
    }
    return left;
}

/* The launcher cannot go on: its engines write a checkpoint and end, and their attempts are
 * stopped, as far as the ledger takes it. What it does not take is orphaned by the next call. */
static void abandon(launcher *l, const lab_error *why)
{
    lab_error ignored;
    lab_status status = LAB_OK;
    lab_text reason = {0};
    double until_s = lab_clock_s() + stop_within_s;
    lab_text_add(&reason, "the launcher could not go on: %.300s", why->text);
    for (int i = 0; i < l->plan->jobs; i++) lab_job_stop(&l->jobs[i]);
    while (engines_left(l)) {
        for (int i = 0; lab_clock_s() > until_s && i < l->plan->jobs; i++)
            lab_job_kill(&l->jobs[i]);
        if (wait_a_moment(l, &ignored) != LAB_OK) until_s = 0;
    }
    for (int i = 0; i < l->plan->jobs; i++) {
        lab_job *j = &l->jobs[i];
        if (j->attempt_id > 0 && status == LAB_OK)
            status = record_end(l, j, "stopped", lab_text_of(&reason), &ignored);
        free_place(j);
    }
    lab_text_finish(&reason);
}

static lab_status loop(launcher *l, lab_error *err)
{
    bool recorded = false;
    lab_status status = LAB_OK;
    while (status == LAB_OK && !recorded && l->interrupts == 0) {
        status = lab_record_sweep(l->plan->ledger, l->plan->sweep, err);
        recorded = status == LAB_OK;
        status = be_patient(l, status);
        if (status == LAB_OK && !recorded) status = wait_a_moment(l, err);
    }
    if (status == LAB_OK) status = be_patient(l, start_more(l, err));
    while (status == LAB_OK && open_left(l)) status = round_of(l, err);
    lab_board_wipe(&l->board);
    if (status != LAB_OK) abandon(l, err);
    return status;
}

/* Blocked, so that they are read from the descriptor. */
static lab_status catch_signals(launcher *l, sigset_t *before, lab_error *err)
{
    static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGCHLD};
    sigset_t caught;
    (void)sigemptyset(&caught);
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        (void)sigaddset(&caught, numbers[i]);
    (void)sigprocmask(SIG_BLOCK, &caught, before);
    (void)signal(SIGPIPE, SIG_IGN); /* a reader of our output may leave; the runs go on */
    l->signals = signalfd(-1, &caught, SFD_CLOEXEC | SFD_NONBLOCK);
    if (l->signals >= 0) return LAB_OK;
    return lab_fail(err, LAB_ERR_IO, "signalfd: %s", strerror(errno));
}

lab_status lab_launch_run(const lab_launch *launch, lab_outcome *out, lab_error *err)
{
    sigset_t before;
    const lab_sweep *sweep = launch->sweep;
    *out = (lab_outcome){0};
    LAB_ASSERT(launch->jobs > 0 && launch->workers > 0);
    launcher *l = lab_heap_take(sizeof *l);
    *l = (launcher){.plan = launch, .out = out, .look = true, .started_s = lab_clock_s()};
    l->jobs = lab_heap_take(launch->jobs * (isize)sizeof *l->jobs);
    l->polled = lab_heap_take((launch->jobs + 1) * (isize)sizeof *l->polled);
    l->cells = lab_heap_take(sweep->count * (isize)sizeof *l->cells);
    for (int i = 0; i < launch->jobs; i++) l->jobs[i].events = -1;
    for (isize i = 0; i < sweep->count; i++) lab_progress_add(&l->progress, &sweep->cells[i]);
    lab_board_init(&l->board);
    lab_sweep_varying(sweep, l->varying);
    lab_ledger_patience(launch->ledger, patience_s);
    lab_status status = catch_signals(l, &before, err);
    if (status == LAB_OK) status = loop(l, err);
    out->interrupted = l->interrupts > 0;
    for (isize i = 0; i < sweep->count; i++) out->stopped += l->cells[i] == OPEN;
    out->wall_s = lab_clock_s() - l->started_s;
    if (l->signals >= 0) (void)close(l->signals);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    lab_heap_free(l->cells);
    lab_heap_free(l->polled);
    lab_heap_free(l->jobs);
    lab_heap_free(l);
    return status;
}
