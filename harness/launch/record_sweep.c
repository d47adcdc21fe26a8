/* A sweep and its cells, as they are asked for. */
#include "launch/record.h"
#include "launch/spool.h"
#include <math.h>
#include <string.h>

static lab_status open_named(lab_query **out, lab_ledger *ledger, const char *name, lab_error *err)
{
    return lab_query_open(out, ledger, "queries", name, err);
}

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
    if (status == LAB_OK) status = lab_record_queue(ledger, cell, *cell_id, err);
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
