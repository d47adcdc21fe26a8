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

/* ---- cells and sweeps ---- */

static lab_status record_keys(lab_ledger *ledger, int64_t cell_id, const lab_config *config,
                              lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = open_named(&query, ledger, "cell_add_key", err);
    for (int i = 0; status == LAB_OK && i < LAB_KEY_COUNT; i++) {
        if (!lab_config_states(config, (lab_key_id)i)) continue;
        lab_query_bind_int(query, ":cell_id", cell_id);
        lab_query_bind_text(query, ":key", lab_key_at((lab_key_id)i)->name);
        lab_query_bind_text(query, ":value", lab_config_value(config, (lab_key_id)i));
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status queue(lab_ledger *ledger, const lab_cell *cell, int64_t cell_id, lab_error *err)
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

static lab_status record_cell(lab_ledger *ledger, const lab_cell *cell, int64_t *cell_id,
                              lab_error *err)
{
    lab_query *query = NULL;
    lab_cell_state state;
    lab_text text = {0};
    lab_status status = lab_record_state(ledger, cell->hash.hex, &state, err);
    *cell_id = state.cell_id;
    if (status != LAB_OK || state.known) return status;
    status = open_named(&query, ledger, "cell_add", err);
    if (status == LAB_OK) {
        lab_config_text(&cell->config, &text);
        lab_query_bind_text(query, ":hash", cell->hash.hex);
        lab_query_bind_text(query, ":task", lab_config_value(&cell->config, LAB_KEY_task));
        lab_query_bind_int(query, ":seed", lab_config_int(&cell->config, LAB_KEY_seed));
        lab_query_bind_text(query, ":config", lab_text_of(&text));
        lab_query_bind_text(query, ":parent", cell->parent.hex);
        lab_query_bind_int(query, ":at", lab_now_us());
        status = lab_query_run(query, err);
    }
    *cell_id = lab_ledger_last_id(ledger);
    lab_query_close(&query);
    lab_text_finish(&text);
    if (status == LAB_OK) status = record_keys(ledger, *cell_id, &cell->config, err);
    if (status == LAB_OK) status = queue(ledger, cell, *cell_id, err);
    return status;
}

static lab_status find(lab_ledger *ledger, const lab_sweep *sweep, int64_t *sweep_id,
                       lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    lab_status status = open_named(&query, ledger, "sweep_find", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":sha256", lab_sweep_hash(sweep).hex);
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK && row) *sweep_id = lab_query_int(query, 0);
    lab_query_close(&query);
    return status;
}

lab_status lab_record_find(lab_ledger *ledger, const lab_sweep *sweep, int64_t *sweep_id,
                           int64_t *vanished, lab_error *err)
{
    lab_query *query = NULL;
    bool row = false;
    *sweep_id = *vanished = 0;
    if (!sweep->file) return LAB_OK;
    lab_status status = find(ledger, sweep, sweep_id, err);
    if (status == LAB_OK) status = open_named(&query, ledger, "sweep_vanished", err);
    if (status == LAB_OK) {
        lab_query_bind_int(query, ":sweep_id", *sweep_id);
        status = lab_query_step(query, &row, err);
    }
    if (status == LAB_OK && row) *vanished = lab_query_int(query, 0);
    lab_query_close(&query);
    return status;
}

static lab_status record_name(lab_ledger *ledger, const lab_sweep *sweep, int64_t *sweep_id,
                              lab_error *err)
{
    lab_query *query = NULL;
    lab_sha256 hash = lab_sweep_hash(sweep);
    lab_status status = open_named(&query, ledger, "sweep_add", err);
    if (status == LAB_OK) {
        lab_query_bind_text(query, ":name", sweep->name);
        lab_query_bind_text(query, ":file", sweep->file);
        lab_query_bind_text(query, ":sha256", hash.hex);
        lab_query_bind_text(query, ":text", sweep->text);
        lab_query_bind_text(query, ":question", sweep->question);
        lab_query_bind_text(query, ":prediction", sweep->prediction);
        lab_query_bind_text(query, ":decision", sweep->decision);
        lab_query_bind_int(query, ":at", sweep->launched_at ? sweep->launched_at : lab_now_us());
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    if (status == LAB_OK) status = find(ledger, sweep, sweep_id, err);
    return status;
}

static lab_status record_vars(lab_ledger *ledger, const lab_sweep *sweep, isize cell,
                              int64_t sweep_id, int64_t cell_id, lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = LAB_OK;
    if (sweep->var_count > 0) status = open_named(&query, ledger, "sweep_add_var", err);
    for (int i = 0; status == LAB_OK && i < sweep->var_count; i++) {
        double value = sweep->cells[cell].vars[i];
        if (!isfinite(value)) continue;
        lab_query_bind_int(query, ":sweep_id", sweep_id);
        lab_query_bind_int(query, ":cell_id", cell_id);
        lab_query_bind_text(query, ":name", sweep->vars[i]);
        lab_query_bind_real(query, ":value", value);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status record_claims(lab_ledger *ledger, const lab_claims *claims, int64_t sweep_id,
                                lab_error *err)
{
    lab_query *query = NULL;
    lab_status status = LAB_OK;
    if (claims->count > 0) status = open_named(&query, ledger, "sweep_add_claim", err);
    for (int i = 0; status == LAB_OK && i < claims->count; i++) {
        const lab_claim *claim = &claims->list[i];
        lab_query_bind_int(query, ":sweep_id", sweep_id);
        lab_query_bind_int(query, ":position", i);
        lab_query_bind_text(query, ":source", claims->source);
        lab_query_bind_text(query, ":side_a", claim->from);
        lab_query_bind_text(query, ":side_b", claim->to);
        lab_query_bind_text(query, ":outcome", claim->outcome);
        lab_query_bind_real(query, ":value_a", claim->a);
        lab_query_bind_real(query, ":value_b", claim->b);
        lab_query_bind_int(query, ":remembered", claim->remembered);
        status = lab_query_run(query, err);
    }
    lab_query_close(&query);
    return status;
}

static lab_status record_all(lab_ledger *ledger, const lab_sweep *sweep, lab_error *err)
{
    lab_query *query = NULL;
    int64_t sweep_id = 0, cell_id = 0;
    lab_status status = LAB_OK;
    if (sweep->file) status = record_name(ledger, sweep, &sweep_id, err);
    if (status == LAB_OK) status = record_claims(ledger, &sweep->claims, sweep_id, err);
    if (status == LAB_OK) status = open_named(&query, ledger, "sweep_add_cell", err);
    for (isize i = 0; status == LAB_OK && i < sweep->count; i++) {
        status = record_cell(ledger, &sweep->cells[i], &cell_id, err);
        if (status != LAB_OK || !sweep->file) continue;
        lab_query_bind_int(query, ":sweep_id", sweep_id);
        lab_query_bind_int(query, ":cell_id", cell_id);
        lab_query_bind_int(query, ":ordinal", i);
        status = lab_query_run(query, err);
        if (status == LAB_OK) status = record_vars(ledger, sweep, i, sweep_id, cell_id, err);
    }
    lab_query_close(&query);
    return status;
}

lab_status lab_record_sweep(lab_ledger *ledger, const lab_sweep *sweep, lab_error *err)
{
    lab_status status = lab_ledger_begin(ledger, err);
    if (status == LAB_OK) status = record_all(ledger, sweep, err);
    if (status == LAB_OK) status = lab_ledger_commit(ledger, err);
    lab_ledger_rollback(ledger);
    if (status == LAB_OK) status = lab_spool_planned(ledger, sweep, err);
    return status;
}

/* ---- attempts ---- */

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
    if (status == LAB_OK && !queued) status = queue(ledger, cell, state.cell_id, err);
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
