/* Which cells are started when, and those that are settled without. */
#include "base/heap.h"
#include "launch/launcher.h"
#include "launch/replaced.h"
#include "launch/spool.h"
#include <stdio.h>
#include <string.h>

static const double watch_every_s = 1;

static lab_stage stage(const lab_launcher *l, isize cell)
{
    return l->schedule.loads[cell].stage;
}

/* A ledger that is busy now gets the pid in a later round. */
lab_status lab_launcher_note_pid(lab_launcher *l, lab_job *j, lab_error *err)
{
    lab_status status = lab_record_started(l->plan->ledger, j->attempt_id, j->pid, err);
    j->noted = status == LAB_OK;
    return status == LAB_ERR_BUSY ? LAB_OK : status;
}

static lab_job *free_job(lab_launcher *l)
{
    for (int i = 0; i < l->places; i++)
        if (l->jobs[i].pid == 0) return &l->jobs[i];
    return NULL;
}

/* Threads for a cell that could start now; 0: it waits for cores or memory. */
static int workers_for(const lab_launcher *l, isize index)
{
    lab_running *busy = lab_heap_take(l->places * (isize)sizeof *busy);
    int count = lab_launcher_busy(l, busy);
    int workers = lab_schedule_workers(&l->schedule, index, busy, count);
    lab_heap_free(busy);
    return workers;
}

static lab_status begin_cell(lab_launcher *l, isize index, const lab_cell_state *state,
                             const char *input, lab_error *err)
{
    const lab_cell *cell = &l->plan->sweep->cells[index];
    int64_t attempt_id = 0;
    lab_job *j = free_job(l);
    int workers = j ? workers_for(l, index) : 0;
    if (workers == 0) return LAB_OK;
    lab_status status =
        lab_record_claim(l->plan->ledger, cell, input, l->plan->retry, &attempt_id, err);
    if (status != LAB_OK || attempt_id == 0) return status;
    *j = (lab_job){.events = -1,
                   .cell = index,
                   .cell_id = state->cell_id,
                   .spared = strcmp(state->state, "pruned") == 0,
                   .attempt_id = attempt_id,
                   .workers = workers};
    status = lab_job_start(j, l->plan->ledger, cell, l->plan->engine, err);
    if (status != LAB_OK) return status;
    l->schedule.loads[index].stage = LAB_RUNNING;
    return lab_launcher_note_pid(l, j, err);
}

void lab_launcher_settle(lab_launcher *l, isize index, int *counter)
{
    l->schedule.loads[index].stage = LAB_SETTLED;
    l->look = true;
    (*counter)++;
}

static lab_status decide(lab_launcher *l, isize index, lab_cell_state *state, char *input,
                         lab_action *action, lab_error *err)
{
    const lab_cell *cell = &l->plan->sweep->cells[index];
    lab_cell_state parent;
    bool has_parent = cell->parent.hex[0] != 0;
    lab_status status = lab_record_state(l->plan->ledger, cell->hash.hex, state, err);
    if (status == LAB_OK && has_parent)
        status = lab_record_state(l->plan->ledger, cell->parent.hex, &parent, err);
    if (status != LAB_OK) return status;
    bool parent_open = cell->parent_cell >= 0 && stage(l, cell->parent_cell) != LAB_SETTLED;
    lab_action parent_action = parent_open ? LAB_DO_WAIT
                               : has_parent && strcmp(parent.state, "pruned") == 0
                                   ? LAB_SKIP_PRUNED
                                   : LAB_SKIP_FAILED;
    *action = lab_record_decide(state, has_parent ? &parent : NULL, parent_action, l->plan->retry);
    (void)snprintf(input, sizeof parent.checkpoint, "%s", has_parent ? parent.checkpoint : "");
    return LAB_OK;
}

/* Decides about one open cell, and starts it where that is what it needs and it may. */
static lab_status consider(lab_launcher *l, isize index, bool start, lab_error *err)
{
    lab_cell_state state;
    lab_action action = LAB_DO_WAIT;
    char input[sizeof state.checkpoint];
    lab_status status = decide(l, index, &state, input, &action, err);
    if (status != LAB_OK) return status;
    l->elsewhere[index] = action == LAB_DO_WATCH;
    switch (action) {
    case LAB_SKIP_DONE:
        lab_launcher_settle(l, index, &l->out->skipped);
        break;
    case LAB_SKIP_FAILED:
        lab_launcher_settle(l, index, &l->out->failed_before);
        lab_tell(l, index, state.state, "earlier; left alone without --retry");
        break;
    case LAB_SKIP_PRUNED:
        lab_launcher_settle(l, index, &l->out->pruned);
        if (strcmp(state.state, "pruned") != 0)
            lab_tell(l, index, "blocked", "its trunk was pruned; --retry pruned goes on with it");
        break;
    case LAB_SKIP_BLOCKED:
        lab_launcher_settle(l, index, &l->out->blocked);
        lab_tell(l, index, "blocked", "its pre-training run is not done");
        break;
    case LAB_DO_WAIT:
    case LAB_DO_WATCH:
        break;
    case LAB_DO_RUN:
    case LAB_DO_RESUME:
        l->reached[index] = state.step;
        if (start) return begin_cell(l, index, &state, input, err);
        break;
    case LAB_DO_REDO:
        if (start) return begin_cell(l, index, &state, input, err);
        break;
    }
    return LAB_OK;
}

bool lab_launcher_may_start(const lab_launcher *l)
{
    bool enough = l->plan->failures_max > 0 && l->out->failed >= l->plan->failures_max;
    return l->interrupts == 0 && !enough;
}

/* Looks at the open cells, the longest first, until no place is free. */
static lab_status look_once(lab_launcher *l, bool start, lab_error *err)
{
    lab_status status = LAB_OK;
    for (isize i = 0; status == LAB_OK && lab_launcher_may_start(l) && i < l->schedule.count; i++) {
        isize cell = l->schedule.order[i];
        if (start && !free_job(l)) break;
        if (stage(l, cell) == LAB_OPEN) status = consider(l, cell, start, err);
    }
    return status;
}

static lab_status look(lab_launcher *l, bool start, lab_error *err)
{
    lab_status status = LAB_OK;
    do {
        l->look = false; /* settling a cell sets it again: its probes can be decided then */
        status = look_once(l, start, err);
    } while (status == LAB_OK && l->look);
    if (status != LAB_OK) l->look = true;
    return status;
}

/* Trunks whose checkpoints are others than those that were probed. */
static lab_status look_at_trunks(lab_launcher *l, lab_error *err)
{
    const lab_sweep *sweep = l->plan->sweep;
    lab_index seen = {0};
    lab_status status = LAB_OK;
    for (isize i = 0; status == LAB_OK && i < sweep->count; i++) {
        const char *trunk = sweep->cells[i].parent.hex;
        bool replaced = false;
        if (!trunk[0] || lab_index_put(&seen, trunk, i) != i) continue;
        status = lab_record_replaced(l->plan->ledger, trunk, &replaced, err);
        if (replaced)
            lab_board_say(&l->board,
                          "%s: its checkpoint has been replaced since it was written; probes of it "
                          "run again",
                          lab_run_of(trunk).text);
    }
    lab_index_finish(&seen);
    return status;
}

/* Settles every cell that needs no process, before any is started. */
static lab_status survey(lab_launcher *l, lab_error *err)
{
    lab_status status = look_at_trunks(l, err);
    if (status == LAB_OK) status = look(l, false, err);
    if (status != LAB_OK || !lab_launcher_may_start(l)) return status;
    lab_launcher_plan(l);
    l->surveyed = l->look = true;
    return LAB_OK;
}

lab_status lab_launcher_start(lab_launcher *l, lab_error *err)
{
    int gone = 0;
    if (!lab_launcher_may_start(l)) return LAB_OK;
    if (!l->surveyed) return survey(l, err);
    bool due = lab_clock_s() - l->watch_s >= watch_every_s;
    if (!l->look && !due) return LAB_OK;
    l->watch_s = lab_clock_s();
    lab_launcher_refresh(l);
    lab_status status = lab_spool_refresh(l->plan->ledger, err);
    if (status != LAB_OK) return status;
    status = due ? lab_record_reap(l->plan->ledger, &l->watch, &gone, err) : LAB_OK;
    return status == LAB_OK ? look(l, true, err) : status;
}
