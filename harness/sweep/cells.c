/* From drafts to cells: rules applied, configs checked, equal ones made one. */
#include "base/heap.h"
#include "sweep/expansion.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

isize lab_sweep_find(const lab_sweep *sweep, const char *hash)
{
    return lab_index_find(&sweep->by_hash, hash);
}

lab_cell *lab_sweep_append(lab_sweep *sweep, const lab_sha256 *hash)
{
    if (sweep->count == sweep->capacity) {
        isize bytes = (isize)sizeof *sweep->cells, capacity = sweep->capacity * 2 + 16;
        sweep->cells = lab_heap_grow(sweep->cells, sweep->capacity * bytes, capacity * bytes);
        sweep->capacity = capacity;
    }
    LAB_ASSERT(lab_index_put(&sweep->by_hash, hash->hex, sweep->count) == sweep->count);
    lab_cell *cell = &sweep->cells[sweep->count++];
    *cell = (lab_cell){.hash = *hash, .parent_cell = -1};
    return cell;
}

lab_status lab_cell_put(lab_sweep *sweep, const lab_draft *draft, isize parent, isize *index,
                        lab_error *err)
{
    lab_sha256 hash = lab_config_hash(&draft->config);
    *index = lab_sweep_find(sweep, hash.hex);
    if (*index >= 0) return LAB_OK;
    if (sweep->count == LAB_SWEEP_CELLS_MAX)
        return lab_fail(
            err, LAB_ERR_CONFIG,
            "%s: more than %d cells, probes counted; leave some out with where, or part "
            "the file",
            sweep->file ? sweep->file : "this sweep", LAB_SWEEP_CELLS_MAX);
    lab_cell *cell = lab_sweep_append(sweep, &hash);
    cell->config = draft->config;
    (void)memcpy(cell->vars, draft->vars, sizeof cell->vars);
    cell->parent_cell = parent;
    if (parent >= 0) cell->parent = sweep->cells[parent].hash;
    *index = sweep->count - 1;
    return LAB_OK;
}

lab_status lab_cell_resolve(lab_expansion *e, lab_config *config, lab_error *err)
{
    const char *name = lab_config_value(config, LAB_KEY_data_name);
    lab_status status = lab_config_check(config, err);
    if (status == LAB_OK && lab_config_task(config) == LAB_TASK_PROBE) lab_probe_settle(config);
    if (status != LAB_OK || strcmp(lab_config_value(config, LAB_KEY_data_sha256), "\"\"") != 0)
        return status;
    isize bytes = (isize)sizeof *e->data_sha256, count = e->data_names.count;
    isize known = lab_index_find(&e->data_names, name);
    if (known < 0) {
        lab_sha256 hash;
        status = e->source.find(e->source.context, name, hash.hex, err);
        if (status != LAB_OK) return status;
        e->data_sha256 = lab_heap_grow(e->data_sha256, count * bytes, (count + 1) * bytes);
        known = lab_index_put(&e->data_names, name, count);
        e->data_sha256[known] = hash;
    }
    return lab_config_set(config, LAB_KEY_data_sha256, e->data_sha256[known].hex, "data set", err);
}

static lab_status ask(lab_expansion *e, const lab_config *config, lab_plan *out, lab_error *err)
{
    lab_config resolved = *config;
    if (!e->source.plan)
        return lab_fail(err, LAB_ERR_CONFIG,
                        "%s: its expressions name what only an engine can tell", e->sweep->file);
    lab_status status = lab_cell_resolve(e, &resolved, err);
    return status == LAB_OK ? e->source.plan(e->source.context, &resolved, out, err) : status;
}

lab_status lab_cell_cost(void *expansion, lab_draft *draft, lab_plan *out, lab_error *err)
{
    lab_expansion *e = expansion;
    lab_text shape = {0};
    lab_symbol_shape(&draft->config, &shape);
    isize bytes = (isize)sizeof *e->plans, count = e->shapes.count;
    isize known = lab_index_find(&e->shapes, lab_text_of(&shape));
    lab_status status = LAB_OK;
    if (known >= 0) {
        *out = e->plans[known];
    } else if ((status = ask(e, &draft->config, out, err)) == LAB_OK) {
        e->plans = lab_heap_grow(e->plans, count * bytes, (count + 1) * bytes);
        e->plans[lab_index_put(&e->shapes, lab_text_of(&shape), count)] = *out;
    }
    lab_text_finish(&shape);
    return status;
}

lab_status lab_cell_add(lab_expansion *e, lab_draft *draft, lab_error *err)
{
    lab_sweep *sweep = e->sweep;
    bool kept = true;
    lab_status status =
        lab_rules_apply(&e->rules, (lab_costs){lab_cell_cost, e}, draft, &kept, err);
    if (status != LAB_OK || !kept) return status;
    status = lab_cell_resolve(e, &draft->config, err);
    isize index = -1, before = sweep->count;
    if (status == LAB_OK) status = lab_cell_put(sweep, draft, -1, &index, err);
    if (status != LAB_OK) return status;
    if (sweep->count == before && sweep->equal.count++ == 0) {
        sweep->equal.cell = index;
        (void)memcpy(sweep->equal.vars, draft->vars, sizeof draft->vars);
    }
    return e->probed ? lab_probes_put(e, &draft->config, index, err) : LAB_OK;
}

/* ---- what tells cells apart ---- */

void lab_sweep_varying(const lab_sweep *sweep, bool varying[LAB_KEY_COUNT])
{
    const lab_config *first = NULL;
    bool pretrain = false;
    for (int k = 0; k < LAB_KEY_COUNT; k++) varying[k] = false;
    for (isize i = 0; i < sweep->count; i++)
        pretrain |= lab_config_task(&sweep->cells[i].config) == LAB_TASK_PRETRAIN;
    for (isize i = 0; i < sweep->count; i++) {
        const lab_config *config = &sweep->cells[i].config;
        if (pretrain && lab_config_task(config) != LAB_TASK_PRETRAIN) continue;
        if (!first) first = config;
        for (int k = 0; k < LAB_KEY_COUNT; k++)
            varying[k] |= strcmp(first->values[k].text, config->values[k].text) != 0;
    }
}

const char *lab_cell_kind(const lab_cell *cell)
{
    const char *trunk = lab_config_value(&cell->config, LAB_KEY_probe_trunk);
    if (lab_config_task(&cell->config) == LAB_TASK_PRETRAIN) return "pretrain";
    return strlen(trunk) == 64 ? "probe" : trunk;
}

void lab_sweep_label(const lab_cell *cell, const bool varying[LAB_KEY_COUNT], lab_text *text)
{
    const char *space = "";
    for (int k = 0; k < LAB_KEY_COUNT; k++) {
        if (!varying[k] || !lab_config_has(&cell->config, (lab_key_id)k)) continue;
        lab_text_add(text, "%s%s=%s", space, lab_key_at((lab_key_id)k)->name,
                     cell->config.values[k].text);
        space = " ";
    }
}

void lab_sweep_label_vars(const lab_sweep *sweep, const double vars[LAB_SWEEP_VARS_MAX],
                          lab_text *text)
{
    for (int i = 0; i < sweep->var_count; i++)
        if (isfinite(vars[i]))
            lab_text_add(text, "%s=%s ", sweep->vars[i], lab_short_real(vars[i]).text);
}

lab_sha256 lab_sweep_hash(const lab_sweep *sweep)
{
    lab_text all = {0};
    if (sweep->text) lab_text_put(&all, sweep->text);
    for (isize i = 0; i < sweep->count; i++) lab_text_add(&all, "\n%s", sweep->cells[i].hash.hex);
    lab_sha256 hash = lab_sha256_of(lab_text_of(&all), all.length);
    lab_text_finish(&all);
    return hash;
}

void lab_sweep_finish(lab_sweep *sweep)
{
    for (int i = 0; i < sweep->left_out_count; i++) lab_heap_free(sweep->left_out[i].rule);
    lab_heap_free(sweep->left_out);
    lab_heap_free(sweep->file);
    lab_heap_free(sweep->name);
    lab_heap_free(sweep->text);
    lab_heap_free(sweep->question);
    lab_heap_free(sweep->prediction);
    lab_heap_free(sweep->decision);
    lab_heap_free(sweep->cells);
    lab_index_finish(&sweep->by_hash);
    lab_stop_finish(&sweep->stop);
    lab_claims_finish(&sweep->claims);
    *sweep = (lab_sweep){0};
}
