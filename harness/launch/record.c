/* Attempts, and what they tell. */
#include "launch/record.h"
#include "launch/host.h"
#include "launch/spool.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

lab_run_name lab_run_of(const char *hash)
{
    lab_run_name name;
    (void)snprintf(name.text, sizeof name.text, "%.12s", hash);
    return name;
}

static lab_status open_named(lab_query **out, lab_ledger *ledger, const char *name, lab_error *err)
{
    return lab_query_open(out, ledger, "queries", name, err);
}

/* ---- attempts ---- */

lab_status lab_record_queue(lab_ledger *ledger, const lab_cell *cell, int64_t cell_id,
                            lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, "attempt_queue", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":cell_id", cell_id);
        lab_query_bind_int(query, ":at", lab_now_us());
        lab_query_bind_text(query, ":folder", lab_run_of(cell->hash.hex).text);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status set_by_cell(lab_ledger *ledger, const char *name, int64_t cell_id, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, name, err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":cell_id", cell_id);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status record_input(lab_ledger *ledger, int64_t cell_id, const char *input,
                               lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, "cell_input", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":cell_id", cell_id);
        lab_query_bind_text(query, ":sha256", input);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status take(lab_ledger *ledger, int64_t cell_id, int64_t *attempt_id, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_host here = lab_host_here();
    lab_status status = open_named(&query, ledger, "attempt_claim", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":cell_id", cell_id);
        lab_query_bind_text(query, ":host", here.name);
        lab_query_bind_text(query, ":boot_id", here.boot_id);
        lab_query_bind_int(query, ":pid", getpid());
        lab_query_bind_int(query, ":pid_started", lab_process_started(getpid()));
        lab_query_bind_int(query, ":at", lab_now_us());
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK && row) *attempt_id = lab_query_int(query, 0);
    lab_query_close(&query);
    return status;
}

static lab_status claim(lab_ledger *ledger, const lab_cell *cell, const char *input, int retry,
                        int64_t *attempt_id, lab_error *err)
{
    lab_cell_state state, parent = {.state = "done"};
    lab_status status = lab_record_state(ledger, cell->hash.hex, &state, err);
    if (status != LAB_OK) return status;
    LAB_ASSERT(state.known);
    if (state.open && !state.alive) status = lab_record_orphan(ledger, state.attempt_id, err);
    (void)snprintf(parent.checkpoint, sizeof parent.checkpoint, "%s", input);
    lab_action action = lab_record_decide(&state, *input ? &parent : NULL, LAB_SKIP_DONE, retry);
    if (action != LAB_DO_RUN && action != LAB_DO_RESUME && action != LAB_DO_REDO) return LAB_OK;
    if (status == LAB_OK && action == LAB_DO_REDO)
        status = set_by_cell(ledger, "attempt_supersede", state.cell_id, err);
    if (status == LAB_OK && lab_config_task(&cell->config) == LAB_TASK_PROBE)
        status = set_by_cell(ledger, "cell_forget_probes", state.cell_id, err);
    if (status == LAB_OK && *input) status = record_input(ledger, state.cell_id, input, err);
    bool queued = state.attempt_id > 0 && strcmp(state.state, "queued") == 0;
    if (status == LAB_OK && !queued) status = lab_record_queue(ledger, cell, state.cell_id, err);
    if (status == LAB_OK) status = take(ledger, state.cell_id, attempt_id, err);
    bool won = true;
    if (status == LAB_OK && *attempt_id > 0)
        status =
            lab_spool_claimed(ledger, cell, *attempt_id, input, action == LAB_DO_REDO, &won, err);
    if (!won) *attempt_id = 0;
    return status;
}

lab_status lab_record_claim(lab_ledger *ledger, const lab_cell *cell, const char *input, int retry,
                            int64_t *attempt_id, lab_error *err)
{
    int64_t claimed = 0;
    *attempt_id = 0;
    lab_status status = lab_ledger_begin(ledger, err);
    if (status == LAB_OK) status = claim(ledger, cell, input, retry, &claimed, err);
    if (status == LAB_OK && claimed > 0) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    if (status == LAB_OK) *attempt_id = claimed;
    return status;
}

lab_status lab_record_started(lab_ledger *ledger, int64_t attempt_id, int64_t pid, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, "attempt_started", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":attempt_id", attempt_id);
        lab_query_bind_int(query, ":pid", pid);
        lab_query_bind_int(query, ":pid_started", lab_process_started(pid));
        lab_query_bind_int(query, ":at", lab_now_us());
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    if (status == LAB_OK) status = lab_spool_started(ledger, attempt_id, pid, err);
    return status;
}

lab_status lab_record_heartbeat(lab_ledger *ledger, int64_t attempt_id, int64_t step,
                                lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, "attempt_heartbeat", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":attempt_id", attempt_id);
        lab_query_bind_int(query, ":step", step);
        lab_query_bind_int(query, ":at", lab_now_us());
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    if (status == LAB_OK) status = lab_spool_beat(ledger, attempt_id, step, err);
    return status;
}

bool lab_record_is_ending(const char *state)
{
    static const char *const states[] = {"done",   "stopped",   "diverged", "failed",
                                         "killed", "preempted", "pruned"};
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (strcmp(states[i], state) == 0) return true;
    return false;
}

lab_status lab_record_end(lab_ledger *ledger, int64_t attempt_id, const lab_ending *ending,
                          lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, "attempt_end", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":attempt_id", attempt_id);
        lab_query_bind_text(query, ":state", ending->state);
        lab_query_bind_text(query, ":reason", ending->reason);
        if (ending->exit_code >= 0) lab_query_bind_int(query, ":exit_code", ending->exit_code);
        if (ending->signal >= 0) lab_query_bind_int(query, ":signal", ending->signal);
        lab_query_bind_real(query, ":wall_s", ending->wall_s);
        lab_query_bind_real(query, ":cpu_s", ending->cpu_s);
        if (ending->rss_peak > 0) lab_query_bind_int(query, ":rss_peak", ending->rss_peak);
        lab_query_bind_int(query, ":at", ending->at ? ending->at : lab_now_us());
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    if (status == LAB_OK) status = lab_spool_ended(ledger, attempt_id, ending, err);
    return status;
}

lab_status lab_record_summary(lab_ledger *ledger, int64_t attempt_id, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, "series_summarise", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":attempt_id", attempt_id);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

/* ---- events ---- */

void lab_record_bind(lab_query *query, int64_t cell_id, int64_t attempt_id, const lab_event *event)
{
    const char *name = NULL, *field = NULL;
    char type = 0;
    for (int p = 0; (name = lab_query_parameter(query, p)); p++) {
        int length = 0;
        if (strcmp(name, ":cell_id") == 0) lab_query_bind_int(query, name, cell_id);
        if (strcmp(name, ":attempt_id") == 0) lab_query_bind_int(query, name, attempt_id);
        if (strcmp(name, ":at") == 0)
            lab_query_bind_int(query, name, event->at ? event->at : lab_now_us());
        for (int i = 0; (length = lab_event_field(event->kind, i, &type, &field)) > 0; i++) {
            if (strlen(name + 1) != (size_t)length || strncmp(name + 1, field, (size_t)length) != 0)
                continue;
            const lab_field *value = &event->fields[i];
            if (type == 'i') lab_query_bind_int(query, name, value->integer);
            if (type == 's') lab_query_bind_text(query, name, value->text);
            if (type == 'r' && isfinite(value->real)) lab_query_bind_real(query, name, value->real);
        }
    }
}

static lab_status run_event(lab_ledger *ledger, const char *name, int64_t cell_id,
                            int64_t attempt_id, const lab_event *event, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, name, err);
    if (status == LAB_OK) {
        lab_record_bind(query, cell_id, attempt_id, event);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status insert_point(lab_ledger *ledger, const char *name, int64_t cell_id,
                               const lab_event *event, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, name, err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":cell_id", cell_id);
        lab_query_bind_text(query, ":split", lab_event_text(event, "split"));
        lab_query_bind_text(query, ":metric", lab_event_text(event, "metric"));
        lab_query_bind_int(query, ":step", lab_event_int(event, "step"));
        lab_query_bind_point(query, lab_event_real(event, "value"));
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

/* A curve has thousands of points and is made once: nothing is written for it but at its first. */
static lab_status record_point(lab_ledger *ledger, const char *name, int64_t cell_id,
                               const lab_event *event, lab_error *err)
{
    lab_status status = insert_point(ledger, name, cell_id, event, err);
    if (status != LAB_OK || lab_ledger_changes(ledger) > 0) return status;
    status = run_event(ledger, "event_series", cell_id, 0, event, err);
    if (status == LAB_OK) status = insert_point(ledger, name, cell_id, event, err);
    return status;
}

lab_status lab_record_event(lab_ledger *ledger, int64_t cell_id, int64_t attempt_id,
                            const lab_event *event, lab_error *err)
{
    static const char *const statements[LAB_LINE_COUNT] = {
        [WIRE_EVENT_HELLO] = "event_hello",    [WIRE_EVENT_DATA] = "event_data",
        [WIRE_EVENT_MODEL] = "event_model",    [WIRE_EVENT_RESUME] = "event_resume",
        [WIRE_EVENT_PROBE] = "event_probe",    [WIRE_EVENT_ARTIFACT] = "event_artifact",
        [WIRE_EVENT_SOURCE] = "event_source",  [WIRE_EVENT_USAGE] = "event_usage",
        [WIRE_EVENT_FEED] = "event_feed",      [WIRE_EVENT_POINT] = "event_point",
        [WIRE_EVENT_INPUT] = "event_input",    [LAB_LINE_STARTED] = "attempt_started",
        [LAB_LINE_BEAT] = "attempt_heartbeat",
    };
    const char *name = statements[event->kind];
    if (!name) return LAB_OK; /* progress comes with the heartbeat */
    lab_status status = event->kind == WIRE_EVENT_POINT
                            ? record_point(ledger, name, cell_id, event, err)
                            : run_event(ledger, name, cell_id, attempt_id, event, err);
    if (status == LAB_OK) status = lab_spool_said(ledger, attempt_id, event, err);
    return status;
}

lab_status lab_record_gap(lab_ledger *ledger, int64_t cell_id, int64_t attempt_id,
                          const lab_event *event, lab_error *err)
{
    switch (event->kind) {
    case WIRE_EVENT_PROBE:
    case WIRE_EVENT_INPUT:
        return LAB_OK;
    case WIRE_EVENT_POINT:
        return record_point(ledger, "spool_point_fill", cell_id, event, err);
    case WIRE_EVENT_ARTIFACT:
        return run_event(ledger, "spool_artifact_fill", cell_id, attempt_id, event, err);
    default:
        return lab_record_event(ledger, cell_id, attempt_id, event, err);
    }
}
