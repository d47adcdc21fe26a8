#include "base/heap.h"
#include "launch/host.h"
#include "launch/launcher.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

enum { POLL_MS = 100 };
static const double heartbeat_every_s = 5, patience_s = 0.25, stop_within_s = 60;

int lab_launcher_settled(const lab_launcher *l)
{
    int count = 0;
    for (isize i = 0; i < l->schedule.count; i++)
        count += l->schedule.loads[i].stage == LAB_SETTLED;
    return count;
}

int lab_launcher_running(const lab_launcher *l)
{
    int count = 0;
    for (int i = 0; i < l->places; i++) count += l->jobs[i].pid != 0;
    return count;
}

/* ---- listening ---- */

/* SIGINT is a person's; the others come from the system: a batch system that wants its node, a
 * terminal that is gone. */
static void ask_to_stop(lab_launcher *l, int number)
{
    char why[64] = "";
    l->interrupts++;
    if (l->signal == 0) l->signal = number;
    lab_board_say(&l->board, l->interrupts == 1
                                 ? "stopping: each run writes a checkpoint first; once more "
                                   "kills them (either way the same command resumes)"
                                 : "killing the runs");
    if (number != SIGINT)
        (void)snprintf(why, sizeof why, "the launcher was asked to stop by SIG%s",
                       sigabbrev_np(number));
    for (int i = 0; i < l->places; i++) {
        lab_job_stop(&l->jobs[i], number == SIGINT ? "stopped" : "preempted", why);
        if (l->interrupts > 1) lab_job_kill(&l->jobs[i]);
    }
}

void lab_launcher_take_signals(lab_launcher *l)
{
    struct signalfd_siginfo info;
    while (read(l->signals, &info, sizeof info) == (ssize_t)sizeof info)
        if (info.ssi_signo != SIGCHLD) ask_to_stop(l, (int)info.ssi_signo);
}

/* Until something happens, or for POLL_MS. */
static lab_status wait_a_moment(lab_launcher *l, lab_error *err)
{
    int jobs = l->places;
    for (int i = 0; i < jobs; i++) {
        lab_job *j = &l->jobs[i];
        if (j->noted) lab_job_release(j);
        l->polled[i] = (struct pollfd){.fd = j->pid ? j->events : -1, .events = POLLIN};
    }
    l->polled[jobs] = (struct pollfd){.fd = l->signals, .events = POLLIN};
    if (poll(l->polled, (nfds_t)jobs + 1, POLL_MS) < 0 && errno != EINTR)
        return lab_fail(err, LAB_ERR_IO, "poll: %s", strerror(errno));
    if (l->polled[jobs].revents) lab_launcher_take_signals(l);
    return LAB_OK;
}

static lab_status hear_job(lab_launcher *l, lab_job *j, bool ready, bool beat, lab_error *err)
{
    bool more = false;
    lab_status status = LAB_OK;
    if (!j->noted) status = lab_launcher_note_pid(l, j, err);
    if (status == LAB_OK && ready && j->events >= 0)
        status = lab_job_listen(j, l->plan->ledger, &more, err);
    if (status == LAB_OK && beat)
        status = lab_record_heartbeat(l->plan->ledger, j->attempt_id, j->step, err);
    if (status == LAB_OK) lab_tell_begun(l, j);
    return status;
}

static lab_status hear_all(lab_launcher *l, lab_error *err)
{
    bool beat = lab_clock_s() - l->heartbeat_s >= heartbeat_every_s, any = beat;
    for (int i = 0; i < l->places; i++)
        any |= l->polled[i].revents != 0 || (l->jobs[i].pid != 0 && !l->jobs[i].noted);
    if (!any) return LAB_OK;
    lab_status status = lab_ledger_begin(l->plan->ledger, err);
    for (int i = 0; status == LAB_OK && i < l->places; i++)
        if (l->jobs[i].pid != 0)
            status = hear_job(l, &l->jobs[i], l->polled[i].revents != 0, beat, err);
    if (status == LAB_OK) status = lab_ledger_commit(l->plan->ledger, err);
    lab_ledger_rollback(l->plan->ledger);
    if (status != LAB_OK) return status;
    if (beat) l->heartbeat_s = lab_clock_s();
    l->waiting = false;
    return LAB_OK;
}

/* Asks the sweep's rules about each run that has new points. */
static lab_status judge_all(lab_launcher *l, lab_error *err)
{
    const lab_stop *rules = &l->plan->sweep->stop;
    lab_status status = LAB_OK;
    for (int i = 0; status == LAB_OK && rules->count > 0 && i < l->places; i++) {
        lab_job *j = &l->jobs[i];
        lab_text reason = {0};
        if (j->pid == 0 || !j->points || j->asked || j->spared) continue;
        j->points = false;
        status =
            lab_stop_judge(rules, l->plan->ledger, l->sweep_id, j->cell_id, j->steps, &reason, err);
        if (reason.length > 0) lab_job_stop(j, "pruned", lab_text_of(&reason));
        lab_text_finish(&reason);
    }
    return status;
}

/* ---- ending ---- */

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec * 1e-6;
}

static lab_status record_end(lab_launcher *l, const lab_job *j, const char *state,
                             const char *reason, lab_error *err)
{
    lab_ending ending = {
        .state = state,
        .reason = reason,
        .exit_code = j->ended && WIFEXITED(j->wait_status) ? WEXITSTATUS(j->wait_status) : -1,
        .signal = j->ended && WIFSIGNALED(j->wait_status) ? WTERMSIG(j->wait_status) : -1,
        .wall_s = j->ended ? j->ended_s - j->started_s : 0,
        .cpu_s = seconds_of(j->usage.ru_utime) + seconds_of(j->usage.ru_stime),
        .rss_peak = j->rss_peak,
    };
    return lab_record_end(l->plan->ledger, j->attempt_id, &ending, err);
}

/* An ended engine's pipe may hold lines still: they and its end are one transaction. */
static lab_status hear_end(lab_launcher *l, lab_job *j, const char *tail, lab_text *reason,
                           lab_error *err)
{
    bool more = true;
    lab_status status = lab_ledger_begin(l->plan->ledger, err);
    while (status == LAB_OK && more && j->events >= 0)
        status = lab_job_listen(j, l->plan->ledger, &more, err);
    lab_job_reason(j, tail, reason);
    if (status == LAB_OK) status = record_end(l, j, lab_job_state(j), lab_text_of(reason), err);
    if (status == LAB_OK) status = lab_record_summary(l->plan->ledger, j->attempt_id, err);
    if (status == LAB_OK) status = lab_ledger_commit(l->plan->ledger, err);
    lab_ledger_rollback(l->plan->ledger);
    return status;
}

static void free_place(lab_job *j)
{
    if (j->events >= 0) (void)close(j->events);
    lab_job_release(j);
    j->events = -1;
    j->pid = 0;
    j->attempt_id = 0;
}

static int *counter_of(lab_outcome *out, const char *state)
{
    if (strcmp(state, "done") == 0) return &out->done;
    if (strcmp(state, "pruned") == 0) return &out->pruned;
    bool asked = strcmp(state, "stopped") == 0 || strcmp(state, "preempted") == 0;
    return asked ? &out->stopped : &out->failed;
}

static void learn_end(lab_launcher *l, const lab_job *j)
{
    double made = j->steps > 0 ? (double)(j->steps - j->step_first) / (double)j->steps : 1;
    if (l->costs.cells)
        lab_estimate_learn(&l->costs, j->cell, (j->ended_s - j->started_s) * j->workers, made,
                           j->rss_peak);
}

static lab_status end_job(lab_launcher *l, lab_job *j, lab_error *err)
{
    const lab_cell *cell = &l->plan->sweep->cells[j->cell];
    lab_text reason = {0}, tail = {0}, took = {0};
    char *log = lab_job_path(l->plan->ledger, cell, "log.txt");
    lab_job_tail(j, log, &tail);
    lab_status status = hear_end(l, j, lab_text_of(&tail), &reason, err);
    if (status != LAB_OK) goto done;
    const char *state = lab_job_state(j);
    int *counter = counter_of(l->out, state);
    lab_tell_begun(l, j);
    if (counter == &l->out->done) learn_end(l, j);
    lab_launcher_settle(l, j->cell, counter);
    lab_text_add(&took, "%s", lab_short_seconds(j->ended_s - j->started_s).text);
    if (j->step > 0 && counter != &l->out->done)
        lab_text_add(&took, ", step %lld", (long long)j->step);
    if (counter == &l->out->pruned) lab_text_add(&took, "; %s", lab_text_of(&reason));
    lab_tell(l, j->cell, state, lab_text_of(&took));
    if (counter == &l->out->failed)
        lab_tell_failure(l, log, lab_text_of(&reason), lab_text_of(&tail));
    if (lab_job_full(j))
        status =
            lab_fail(err, LAB_ERR_IO, "%.300s%s", lab_text_of(&reason), lab_error_cure(ENOSPC));
    free_place(j);
done:
    lab_heap_free(log);
    lab_text_finish(&reason);
    lab_text_finish(&tail);
    lab_text_finish(&took);
    return status;
}

static lab_status reap_jobs(lab_launcher *l, lab_error *err)
{
    lab_status status = LAB_OK;
    for (int i = 0; status == LAB_OK && i < l->places; i++) {
        lab_job_reap(&l->jobs[i]);
        if (l->jobs[i].pid != 0 && l->jobs[i].ended) status = end_job(l, &l->jobs[i], err);
    }
    return status;
}

/* ---- the loop ---- */

/* A busy ledger is no failure: nothing of this round is lost, and the next one does it. */
static lab_status be_patient(lab_launcher *l, lab_status status)
{
    if (status != LAB_ERR_BUSY || l->interrupts > 2) return status;
    if (!l->waiting)
        lab_board_say(&l->board, "waiting for the ledger: another process holds its lock");
    l->waiting = true;
    return LAB_OK;
}

static lab_status round_of(lab_launcher *l, lab_error *err)
{
    lab_status status = wait_a_moment(l, err);
    if (status == LAB_OK) status = hear_all(l, err);
    if (status == LAB_OK) status = judge_all(l, err);
    if (status == LAB_OK) status = reap_jobs(l, err);
    if (status == LAB_OK) status = lab_launcher_start(l, err);
    if (lab_board_due(&l->board) && lab_launcher_running(l) > 0) lab_tell_progress(l);
    return be_patient(l, status);
}

static bool open_left(const lab_launcher *l)
{
    if (lab_launcher_running(l) > 0) return true;
    return lab_launcher_may_start(l) && lab_launcher_settled(l) < l->plan->sweep->count;
}

static bool engines_left(lab_launcher *l)
{
    bool left = false;
    for (int i = 0; i < l->places; i++) {
        lab_job *j = &l->jobs[i];
        lab_job_ignore(j);
        lab_job_reap(j);
        left |= j->pid != 0 && !j->ended;
    }
    return left;
}

/* The launcher cannot go on: its engines write a checkpoint and end, and their attempts are
 * stopped, as far as the ledger takes it. What it does not take is orphaned by the next call. */
static void abandon(lab_launcher *l, const lab_error *why)
{
    lab_error ignored;
    lab_status status = LAB_OK;
    lab_text reason = {0};
    double until_s = lab_clock_s() + stop_within_s;
    lab_text_add(&reason, "the launcher could not go on: %.300s", why->text);
    for (int i = 0; i < l->places; i++) lab_job_stop(&l->jobs[i], "stopped", lab_text_of(&reason));
    while (engines_left(l)) {
        for (int i = 0; lab_clock_s() > until_s && i < l->places; i++) lab_job_kill(&l->jobs[i]);
        if (wait_a_moment(l, &ignored) != LAB_OK) until_s = 0;
    }
    for (int i = 0; i < l->places; i++) {
        lab_job *j = &l->jobs[i];
        if (j->attempt_id > 0 && status == LAB_OK)
            status = record_end(l, j, "stopped", lab_text_of(&reason), &ignored);
        free_place(j);
    }
    lab_text_finish(&reason);
}

static lab_status say_vanished(lab_launcher *l, lab_error *err)
{
    int64_t vanished = 0;
    lab_status status =
        lab_record_find(l->plan->ledger, l->plan->sweep, &l->sweep_id, &vanished, err);
    if (status == LAB_OK && vanished > 0)
        lab_board_say(
            &l->board,
            "%lld cell%s of earlier texts of this file %s no longer in it: they stay, see "
            "patchlaw sql vanished",
            (long long)vanished, vanished == 1 ? "" : "s", vanished == 1 ? "is" : "are");
    return status;
}

static lab_status loop(lab_launcher *l, lab_error *err)
{
    bool recorded = false;
    lab_status status = LAB_OK;
    while (status == LAB_OK && !recorded && l->interrupts == 0) {
        status = lab_record_sweep(l->plan->ledger, l->plan->sweep, err);
        recorded = status == LAB_OK;
        status = be_patient(l, status);
        if (status == LAB_OK && !recorded) status = wait_a_moment(l, err);
    }
    if (status == LAB_OK && recorded) status = say_vanished(l, err);
    if (status == LAB_OK) status = be_patient(l, lab_launcher_start(l, err));
    while (status == LAB_OK && open_left(l)) status = round_of(l, err);
    lab_board_wipe(&l->board);
    if (status != LAB_OK) abandon(l, err);
    return status;
}

/* Blocked, so that they are read from the descriptor. */
static lab_status catch_signals(lab_launcher *l, sigset_t *before, lab_error *err)
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

/* Nine tenths of what is free: what runs beside us grows, too. */
lab_room lab_launch_room(const lab_launch *launch)
{
    int cores = lab_host_cores(), workers = launch->workers > 0 ? launch->workers : 1;
    int jobs = launch->jobs > 0 ? launch->jobs : cores / workers;
    return (lab_room){.jobs = jobs > 0 ? jobs : 1,
                      .cores = cores,
                      .workers = launch->workers,
                      .bytes = launch->memory > 0 ? launch->memory : lab_host_memory() / 10 * 9};
}

static lab_launcher *launcher_take(const lab_launch *launch, lab_outcome *out)
{
    const lab_sweep *sweep = launch->sweep;
    lab_launcher *l = lab_heap_take(sizeof *l);
    *l = (lab_launcher){.plan = launch, .out = out, .look = true, .started_s = lab_clock_s()};
    lab_schedule_init(&l->schedule, sweep->count, lab_launch_room(launch));
    for (isize i = 0; i < sweep->count; i++)
        l->schedule.loads[i].parent = sweep->cells[i].parent_cell;
    l->places = l->schedule.room.jobs;
    l->reached = lab_heap_take(sweep->count * (isize)sizeof *l->reached);
    l->elsewhere = lab_heap_take(sweep->count * (isize)sizeof *l->elsewhere);
    l->jobs = lab_heap_take(l->places * (isize)sizeof *l->jobs);
    l->polled = lab_heap_take((l->places + 1) * (isize)sizeof *l->polled);
    for (int i = 0; i < l->places; i++) l->jobs[i].events = -1;
    lab_board_init(&l->board);
    lab_sweep_varying(sweep, l->varying);
    return l;
}

static void launcher_free(lab_launcher *l)
{
    lab_schedule_finish(&l->schedule);
    lab_estimate_finish(&l->costs);
    lab_watch_finish(&l->watch);
    lab_heap_free(l->reached);
    lab_heap_free(l->elsewhere);
    lab_heap_free(l->polled);
    lab_heap_free(l->jobs);
    lab_heap_free(l);
}

lab_status lab_launch_run(const lab_launch *launch, lab_outcome *out, lab_error *err)
{
    sigset_t before;
    *out = (lab_outcome){0};
    lab_launcher *l = launcher_take(launch, out);
    lab_ledger_patience(launch->ledger, patience_s);
    lab_status status = catch_signals(l, &before, err);
    if (status == LAB_OK) status = loop(l, err);
    if (l->signals >= 0)
        lab_launcher_take_signals(l); /* one that came last must not end us before the summary */
    out->signal = l->signal;
    for (isize i = 0; i < l->schedule.count; i++)
        out->stopped += l->schedule.loads[i].stage == LAB_OPEN;
    out->wall_s = lab_clock_s() - l->started_s;
    if (l->signals >= 0) (void)close(l->signals);
    (void)sigprocmask(SIG_SETMASK, &before, NULL);
    launcher_free(l);
    return status;
}
