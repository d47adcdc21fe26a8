/* Probe cells: what is measured on each pre-training cell. */
#include "sweep/expansion.h"
#include <math.h>
#include <string.h>

static const char *const probe_keys[] = {"base", "set", "grid", "controls", NULL};

/* What a probe may have otherwise than its trunk: it looks at other images, or at larger ones. */
static bool is_own(lab_key_id id)
{
    return id == LAB_KEY_data_name || id == LAB_KEY_data_image_px;
}

/* Whether a key of both tasks comes from the probe's own config. */
static bool overrides(const lab_config *probe, lab_key_id id)
{
    if (id == LAB_KEY_data_sha256) id = LAB_KEY_data_name;
    return id == LAB_KEY_task || (is_own(id) && probe->values[id].from[0]);
}

void lab_sweep_inherit(lab_config *probe, const lab_config *pretrain)
{
    for (int i = 0; i < LAB_KEY_COUNT; i++)
        if (lab_key_at((lab_key_id)i)->task == LAB_TASK_BOTH && !overrides(probe, (lab_key_id)i))
            probe->values[i] = pretrain->values[i];
}

/* The first pre-training cell from which the probe takes the same data: a pixel probe looks at no
 * trunk, so the trunk's keys must not make two cells of one result. */
static const lab_config *first_with_data(const lab_sweep *sweep, const lab_config *pretrain,
                                         const lab_config *probe)
{
    for (isize i = 0; i < sweep->count; i++) {
        const lab_config *other = &sweep->cells[i].config;
        bool same = lab_config_task(other) == LAB_TASK_PRETRAIN;
        for (int k = 0; same && k < LAB_KEY_COUNT; k++)
            if (strncmp(lab_key_at((lab_key_id)k)->name, "data.", 5) == 0 &&
                lab_key_at((lab_key_id)k)->task == LAB_TASK_BOTH &&
                !overrides(probe, (lab_key_id)k))
                same = strcmp(other->values[k].text, pretrain->values[k].text) == 0;
        if (same) return other;
    }
    return pretrain;
}

void lab_probe_settle(lab_config *config)
{
    bool pixels = strcmp(lab_config_value(config, LAB_KEY_probe_trunk), "pixels") == 0;
    bool frozen = strcmp(lab_config_value(config, LAB_KEY_tune_method), "frozen") == 0;
    lab_config initial;
    lab_config_init(&initial);
    for (int k = 0; (pixels || frozen) && k < LAB_KEY_COUNT; k++)
        if (strncmp(lab_key_at((lab_key_id)k)->name, "tune.", 5) == 0)
            config->values[k] = initial.values[k];
    if (pixels) config->values[LAB_KEY_probe_attention] = initial.values[LAB_KEY_probe_attention];
    if (strcmp(lab_config_value(config, LAB_KEY_probe_attention), "causal") != 0)
        config->values[LAB_KEY_model_order] = initial.values[LAB_KEY_model_order];
}

/* What the probe cells of a pre-training cell have in common. */
typedef struct {
    const lab_config *pretrain;
    isize index; /* of that cell */
} probed;

static lab_status put_probe(lab_expansion *e, const lab_config *probe, const lab_config *pretrain,
                            const char *trunk, isize parent, lab_error *err)
{
    lab_draft draft = {.config = *probe};
    isize index = -1;
    for (int i = 0; i < LAB_SWEEP_VARS_MAX; i++) draft.vars[i] = (double)NAN;
    lab_sweep_inherit(&draft.config, pretrain);
    lab_status status = lab_config_set(&draft.config, LAB_KEY_probe_trunk, trunk, "sweep", err);
    lab_probe_settle(&draft.config);
    if (status == LAB_OK) status = lab_cell_resolve(e, &draft.config, err);
    return status == LAB_OK ? lab_cell_put(e->sweep, &draft, parent, &index, err) : status;
}

static lab_status put_one(lab_expansion *e, const lab_config *probe, const probed *of,
                          lab_error *err)
{
    lab_sha256 hash = e->sweep->cells[of->index].hash;
    lab_status status = put_probe(e, probe, of->pretrain, hash.hex, of->index, err);
    if (status == LAB_OK && e->untrained)
        status = put_probe(e, probe, of->pretrain, "untrained", -1, err);
    if (status == LAB_OK && e->pixels) {
        lab_config first = *first_with_data(e->sweep, of->pretrain, probe);
        first.values[LAB_KEY_seed] = of->pretrain->values[LAB_KEY_seed];
        status = put_probe(e, probe, &first, "pixels", -1, err);
    }
    return status;
}

static lab_status put_product(lab_expansion *e, int axis, const lab_draft *draft, const probed *of,
                              lab_error *err)
{
    lab_draft next = *draft;
    if (axis == e->probe_axis_count) return put_one(e, &next.config, of, err);
    const lab_axis *a = &e->probe_axes[axis];
    lab_status status = LAB_OK;
    for (int i = 0; status == LAB_OK && i < a->values; i++) {
        lab_axis_apply(a, i, &next);
        status = put_product(e, axis + 1, &next, of, err);
    }
    return status;
}

lab_status lab_probes_put(lab_expansion *e, const lab_config *pretrain, isize index, lab_error *err)
{
    lab_draft draft = {.config = e->probe};
    return put_product(e, 0, &draft, &(probed){pretrain, index}, err);
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

/* That a probe may set the key. */
static lab_status check_key(lab_key_id id, const char *place, lab_error *err)
{
    const lab_key *key = lab_key_at(id);
    if (id == LAB_KEY_probe_trunk)
        return lab_fail(err, LAB_ERR_CONFIG, "%s: probe.trunk is filled in by the sweep; remove it",
                        place);
    if (key->task == LAB_TASK_PROBE || is_own(id)) return LAB_OK;
    return lab_fail(err, LAB_ERR_CONFIG,
                    "%s: %s comes from the pre-training cell that is probed; a probe sets probe.*, "
                    "tune.*, data.name and data.image_px alone",
                    place, key->name);
}

/* In this very file: a value of the base is a default. */
static bool is_set_here(const lab_expansion *e, lab_key_id id)
{
    const char *file = lab_yaml_name(e->root.yaml), *from = e->probe.values[id].from;
    size_t length = strlen(file);
    return strncmp(from, file, length) == 0 && from[length] == ':';
}

static lab_status read_axis(lab_expansion *e, lab_node key, lab_node list, lab_error *err)
{
    lab_axis *a = &e->probe_axes[e->probe_axis_count];
    lab_text place = {0};
    lab_key_id id = LAB_KEY_NONE;
    lab_node_place(key, &place);
    lab_status status = lab_config_key(&id, lab_node_text(key), key, err);
    if (status == LAB_OK) status = check_key(id, lab_text_of(&place), err);
    lab_text_finish(&place);
    for (int i = 0; status == LAB_OK && i < e->probe_axis_count; i++)
        if (e->probe_axes[i].symbols[0] == (lab_symbol)id)
            status = lab_node_fail(key, err, "%s: set twice", lab_node_text(key));
    if (status == LAB_OK && is_set_here(e, id))
        status = lab_node_fail(key, err, "%s: is set at %s, too: remove one of them",
                               lab_node_text(key), e->probe.values[id].from);
    if (status != LAB_OK) return status;
    status = lab_values_read(&a->lists[0], id, lab_key_at(id)->name, list, false, err);
    if (status != LAB_OK) {
        lab_values_finish(&a->lists[0]);
        return status;
    }
    a->symbols[a->symbol_count++] = (lab_symbol)id;
    a->values = a->lists[0].count;
    e->probe_axis_count++;
    if (lab_key_at(id)->task == LAB_TASK_PROBE) e->axis_of[id] = key;
    return LAB_OK;
}

static lab_status read_grid(lab_expansion *e, lab_node probe, lab_error *err)
{
    lab_node grid = lab_mapping_find(probe, "grid");
    lab_status status = LAB_OK;
    if (grid.yaml && lab_node_is(grid) != LAB_NODE_MAPPING)
        return lab_node_fail(grid, err, "grid: takes key: [values] pairs");
    for (int i = 0; grid.yaml && status == LAB_OK && i < lab_node_count(grid); i++)
        status = read_axis(e, lab_node_key(grid, i), lab_node_value(grid, i), err);
    return status;
}

lab_status lab_probes_read(lab_expansion *e, lab_error *err)
{
    lab_node probe = lab_mapping_find(e->root, "probe");
    if (!probe.yaml) return LAB_OK;
    lab_status status = lab_mapping_check(probe, probe_keys, err);
    if (status == LAB_OK) status = lab_mapping_config(&e->probe, probe, err);
    if (status == LAB_OK) status = read_controls(e, probe, err);
    for (int i = 0; status == LAB_OK && i < LAB_KEY_COUNT; i++)
        if (e->probe.values[i].from[0] && i != LAB_KEY_task)
            status = check_key((lab_key_id)i, e->probe.values[i].from, err);
    if (status == LAB_OK) status = read_grid(e, probe, err);
    if (status == LAB_OK) status = lab_config_set(&e->probe, LAB_KEY_task, "probe", "sweep", err);
    e->probed = true;
    return status;
}
