/* Which attempts live, and what is to be done about a cell. */
#include "launch/board.h"
#include "launch/host.h"
#include "launch/record.h"
#include "launch/spool.h"
#include <stdio.h>
#include <string.h>

/* ---- who lives ---- */

static bool process_lives(const lab_query *row, const char *pid, const char *started)
{
    int64_t now = lab_process_started(lab_query_int(row, lab_query_column(row, pid)));
    return now >= 0 && now == lab_query_int(row, lab_query_column(row, started));
}

/* An engine whose launcher died before it could write down the engine's pid. */
static bool folder_locked(const lab_ledger *ledger, const lab_query *row)
{
    lab_text folder = {0};
    lab_text_add(&folder, "%s/%s", lab_ledger_folder(ledger),
                 lab_query_text(row, lab_query_column(row, "folder")));
    bool locked = lab_folder_locked(lab_text_of(&folder));
    lab_text_finish(&folder);
    return locked;
}

/* The row's columns attempt_id, host, boot_id, pid, launcher_pid, *_started, beats, folder. An
 * engine that has ended is not gone: its launcher is about to write down how. The same host under
 * another boot has lost all its processes. Another host's cannot be seen: watch tells, and without
 * one they are taken to live. */
static bool is_alive(const lab_ledger *ledger, const lab_query *row, lab_watch *watch)
{
    lab_host here = lab_host_here();
    bool host = strcmp(lab_query_text(row, lab_query_column(row, "host")), here.name) == 0;
    bool boot = strcmp(lab_query_text(row, lab_query_column(row, "boot_id")), here.boot_id) == 0;
    if (host && boot)
        return process_lives(row, "launcher_pid", "launcher_started") ||
               process_lives(row, "pid", "pid_started") || folder_locked(ledger, row);
    if (host) return false;
    if (!watch || (boot && folder_locked(ledger, row))) return true;
    return !lab_watch_silent(watch, lab_query_int(row, lab_query_column(row, "attempt_id")),
                             lab_query_int(row, lab_query_column(row, "beats")), lab_clock_s());
}

lab_status lab_record_orphan(lab_ledger *ledger, int64_t attempt_id, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = lab_query_open(&query, ledger, "queries", "attempt_orphan", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":attempt_id", attempt_id);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    if (status == LAB_OK) status = lab_spool_orphaned(ledger, attempt_id, err);
    return status;
}

static lab_status reap(lab_ledger *ledger, lab_watch *watch, int *reaped, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "attempt_running", err);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        if (is_alive(ledger, query, watch)) continue;
        status = lab_record_orphan(ledger, lab_query_int(query, 0), err);
        (*reaped)++;
    }
    lab_query_close(&query);
    return status;
}

static lab_status any_gone(lab_ledger *ledger, lab_watch *watch, bool *any, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = lab_query_open(&query, ledger, "queries", "attempt_running", err);
    while (!*any && status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK &&
           row)
        *any = !is_alive(ledger, query, watch);
    lab_query_close(&query);
    return status;
}

lab_status lab_record_stale(lab_ledger *ledger, int64_t after, int64_t *attempt_id, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    *attempt_id = 0;
    lab_status status = lab_query_open(&query, ledger, "queries", "attempt_running", err);
    while (status == LAB_OK && (status = lab_query_step(query, &row, err)) == LAB_OK && row) {
        int64_t id = lab_query_int(query, 0);
        bool next = id > after && (*attempt_id == 0 || id < *attempt_id);
        if (next && !is_alive(ledger, query, NULL)) *attempt_id = id;
    }
    lab_query_close(&query);
    return status;
}

lab_status lab_record_reap(lab_ledger *ledger, lab_watch *watch, int *reaped, lab_error *err)
{
    bool any = false;
    *reaped = 0;
    lab_status status = any_gone(ledger, watch, &any, err);
    if (status != LAB_OK || !any) return status;
    status = lab_ledger_begin(ledger, err);
    if (status == LAB_OK) status = reap(ledger, watch, reaped, err);
    if (status == LAB_OK) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    return status;
}

/* ---- decisions ---- */

static int int_or_none(const lab_query *row, const char *column)
{
    int index = lab_query_column(row, column);
    return lab_query_is_null(row, index) ? -1 : (int)lab_query_int(row, index);
}

static void copy_text(char *out, size_t bytes, const lab_query *row, const char *column)
{
    (void)snprintf(out, bytes, "%s", lab_query_text(row, lab_query_column(row, column)));
}

lab_status lab_record_state(lab_ledger *ledger, const char *hash, lab_cell_state *out,
                            lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    *out = (lab_cell_state){.step = -1, .exit_code = -1, .signal = -1, .state = "queued"};
    lab_status status = lab_query_open(&query, ledger, "queries", "cell_state", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":hash", hash);
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK && row) {
        int step = lab_query_column(query, "step");
        out->known = true;
        out->cell_id = lab_query_int(query, 0);
        out->attempts = lab_query_int(query, lab_query_column(query, "tried"));
        if (!lab_query_is_null(query, step)) out->step = lab_query_int(query, step);
        out->exit_code = int_or_none(query, "exit_code");
        out->signal = int_or_none(query, "signal");
        copy_text(out->state, sizeof out->state, query, "state");
        copy_text(out->checkpoint, sizeof out->checkpoint, query, "checkpoint");
        copy_text(out->input, sizeof out->input, query, "input");
        copy_text(out->host, sizeof out->host, query, "host");
        copy_text(out->reason, sizeof out->reason, query, "reason");
        out->attempt_id = lab_query_int(query, lab_query_column(query, "attempt_id"));
        out->open = strcmp(out->state, "running") == 0 || strcmp(out->state, "claimed") == 0;
        out->alive = out->open && is_alive(ledger, query, NULL);
    }
    lab_query_close(&query);
    return status;
}

static bool in_state(const lab_cell_state *cell, const char *state)
{
    return strcmp(cell->state, state) == 0;
}

/* The states that are left alone until asked for, and the bit of --retry that asks. */
static int retried_by(const lab_cell_state *cell)
{
    if (in_state(cell, "failed")) return LAB_RETRY_FAILED;
    if (in_state(cell, "diverged")) return LAB_RETRY_DIVERGED;
    if (in_state(cell, "killed")) return LAB_RETRY_KILLED;
    return in_state(cell, "pruned") ? LAB_RETRY_PRUNED : 0;
}

lab_action lab_record_decide(const lab_cell_state *cell, const lab_cell_state *parent,
                             lab_action parent_action, int retry)
{
    bool done = in_state(cell, "done");
    bool parent_done = !parent || (in_state(parent, "done") && parent->checkpoint[0]);
    bool replaced = parent && parent_done && strcmp(cell->input, parent->checkpoint) != 0;
    int asked = retried_by(cell);
    if (done && !replaced) return LAB_SKIP_DONE;
    if (cell->alive) return LAB_DO_WATCH;
    if (asked && !(retry & asked))
        return asked == LAB_RETRY_PRUNED ? LAB_SKIP_PRUNED : LAB_SKIP_FAILED;
    if (!parent_done && parent_action == LAB_SKIP_PRUNED) return LAB_SKIP_PRUNED;
    if (!parent_done && (parent_action == LAB_SKIP_FAILED || parent_action == LAB_SKIP_DONE))
        return LAB_SKIP_BLOCKED;
    if (!parent_done) return LAB_DO_WAIT;
    if (done) return LAB_DO_REDO;
    return cell->attempts > 0 ? LAB_DO_RESUME : LAB_DO_RUN;
}
