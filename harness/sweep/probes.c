/* Probe cells: what is measured on each pre-training cell. */
#include "sweep/expansion.h"
#include <math.h>
#include <string.h>

static const char *const probe_keys[] = {"base", "set", "controls", NULL};

void lab_sweep_inherit(lab_config *probe, const lab_config *pretrain)
{
    for (int i = 0; i < LAB_KEY_COUNT; i++)
        if (lab_key_at((lab_key_id)i)->task == LAB_TASK_BOTH && i != LAB_KEY_task)
            probe->values[i] = pretrain->values[i];
}

/* The first pre-training cell that reads the same data: a pixel probe looks at no trunk, so the
 * trunk's keys must not make two cells of one result. */
static const lab_config *first_with_data(const lab_sweep *sweep, const lab_config *config)
{
    for (isize i = 0; i < sweep->count; i++) {
        const lab_config *other = &sweep->cells[i].config;
        bool same = lab_config_task(other) == LAB_TASK_PRETRAIN;
        for (int k = 0; same && k < LAB_KEY_COUNT; k++)
            if (strncmp(lab_key_at((lab_key_id)k)->name, "data.", 5) == 0 &&
                lab_key_at((lab_key_id)k)->task == LAB_TASK_BOTH)
                same = strcmp(other->values[k].text, config->values[k].text) == 0;
        if (same) return other;
    }
    return config;
}

static lab_status put_probe(lab_expansion *e, const lab_config *pretrain, const char *trunk,
                            isize parent, lab_error *err)
{
    lab_draft draft = {.config = e->probe};
    isize index = -1;
    for (int i = 0; i < LAB_SWEEP_VARS_MAX; i++) draft.vars[i] = (double)NAN;
    lab_sweep_inherit(&draft.config, pretrain);
    lab_status status = lab_config_set(&draft.config, LAB_KEY_probe_trunk, trunk, "sweep", err);
    if (status == LAB_OK) status = lab_config_check(&draft.config, err);
    return status == LAB_OK ? lab_cell_put(e->sweep, &draft, parent, &index, err) : status;
}

lab_status lab_probes_put(lab_expansion *e, const lab_config *pretrain, isize index, lab_error *err)
{
    lab_sha256 hash = e->sweep->cells[index].hash;
    lab_status status = put_probe(e, pretrain, hash.hex, index, err);
    if (status == LAB_OK && e->untrained) status = put_probe(e, pretrain, "untrained", -1, err);
    if (status == LAB_OK && e->pixels) {
        lab_config first = *first_with_data(e->sweep, pretrain);
        first.values[LAB_KEY_seed] = pretrain->values[LAB_KEY_seed];
        status = put_probe(e, &first, "pixels", -1, err);
    }
    return status;
}

/* ---- the file ---- */

static lab_status read_controls(lab_expansion *e, lab_node probe, lab_error *err)
{
    lab_node controls = lab_mapping_find(probe, "controls");
    if (!controls.yaml) return LAB_OK;
    if (lab_node_is(controls) != LAB_NODE_LIST)
        return lab_node_fail(controls, err, "controls: takes a list of untrained, pixels");
    for (int i = 0; i < lab_node_count(controls); i++) {
        lab_node item = lab_node_item(controls, i);
        const char *name = lab_node_is(item) == LAB_NODE_SCALAR ? lab_node_text(item) : "";
        if (strcmp(name, "untrained") == 0)
            e->untrained = true;
        else if (strcmp(name, "pixels") == 0)
            e->pixels = true;
        else
            return lab_node_fail(item, err, "controls: '%.40s' is neither untrained nor pixels",
                                 name);
    }
    return LAB_OK;
}

lab_status lab_probes_read(lab_expansion *e, lab_error *err)
{
    lab_node probe = lab_mapping_find(e->root, "probe");
    if (!probe.yaml) return LAB_OK;
    lab_status status = lab_mapping_check(probe, probe_keys, err);
    if (status == LAB_OK) status = lab_mapping_config(&e->probe, probe, err);
    if (status == LAB_OK) status = read_controls(e, probe, err);
    for (int i = 0; status == LAB_OK && i < LAB_KEY_COUNT; i++) {
        const lab_value *value = &e->probe.values[i];
        if (!value->from[0] || lab_key_at((lab_key_id)i)->task == LAB_TASK_PROBE ||
            i == LAB_KEY_task)
            continue;
        status = lab_fail(err, LAB_ERR_CONFIG,
                          "%s: %s comes from the pre-training cell that is "
                          "probed; a probe sets probe.* alone",
                          value->from, lab_key_at((lab_key_id)i)->name);
    }
    if (status == LAB_OK && e->probe.values[LAB_KEY_probe_trunk].from[0])
        status = lab_fail(err, LAB_ERR_CONFIG,
                          "%s: probe.trunk is filled in by the sweep; remove "
                          "it",
                          e->probe.values[LAB_KEY_probe_trunk].from);
    if (status == LAB_OK) status = lab_config_set(&e->probe, LAB_KEY_task, "probe", "sweep", err);
    e->probed = true;
    return status;
}
