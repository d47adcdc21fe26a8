/* From a sweep file to its cells. */
#include "base/heap.h"
#include "sweep/sweep.h"
#include <stdio.h>
#include <string.h>

enum { AXES_MAX = LAB_KEY_COUNT + 1 };

/* Keys that change together: one for grid and seeds, several for a group of zip. */
typedef struct {
    lab_key_id keys[LAB_KEY_COUNT];
    lab_node lists[LAB_KEY_COUNT]; /* each of length values */
    int key_count, values;
} axis;

typedef struct {
    lab_sweep *sweep;
    lab_data_source data;
    lab_node root;
    lab_config base, probe;
    bool probed, untrained, pixels;
    axis axes[AXES_MAX];
    int axis_count, seed_axis;       /* seed_axis -1: none */
    lab_node axis_of[LAB_KEY_COUNT]; /* where a key was made an axis; yaml NULL: nowhere */
    char data_name[LAB_VALUE_MAX], data_sha256[65]; /* the last that was asked for */
} expansion;

static const char *const top_keys[] = {"name",  "question", "prediction", "decide", "base",
                                       "set",   "grid",     "zip",        "list",   "seeds",
                                       "probe", "stop",     NULL};
static const char *const probe_keys[] = {"base", "set", "controls", NULL};

/* Every pair's key is one of names, and none comes twice. */
static lab_status check_names(lab_node mapping, const char *const *names, lab_error *err)
{
    if (lab_node_is(mapping) != LAB_NODE_MAPPING)
        return lab_node_fail(mapping, err, "key: value pairs are wanted here");
    for (int i = 0; i < lab_node_count(mapping); i++) {
        lab_node key = lab_node_key(mapping, i);
        int known = 0;
        lab_text all = {0};
        for (const char *const *name = names; *name; name++) {
            known |= strcmp(*name, lab_node_text(key)) == 0;
            lab_text_add(&all, " %s", *name);
        }
        lab_status status = LAB_OK;
        if (!known)
            status = lab_node_fail(key, err,
                                   "'%.60s' is not one of%s; keys of the config go under "
                                   "set, grid, zip or list",
                                   lab_node_text(key), lab_text_of(&all));
        lab_text_finish(&all);
        for (int j = 0; status == LAB_OK && j < i; j++)
            if (strcmp(lab_node_text(lab_node_key(mapping, j)), lab_node_text(key)) == 0)
                status = lab_node_fail(key, err, "%s: set twice", lab_node_text(key));
        if (status != LAB_OK) return status;
    }
    return LAB_OK;
}

/* The value of a key, or a node whose yaml is NULL. */
static lab_node find(lab_node mapping, const char *name)
{
    for (int i = 0; i < lab_node_count(mapping); i++)
        if (strcmp(lab_node_text(lab_node_key(mapping, i)), name) == 0)
            return lab_node_value(mapping, i);
    return (lab_node){0};
}

static lab_status take_text(char **out, lab_node mapping, const char *name, lab_error *err)
{
    lab_node node = find(mapping, name);
    *out = NULL;
    if (!node.yaml) return LAB_OK;
    if (lab_node_is(node) != LAB_NODE_SCALAR)
        return lab_node_fail(node, err, "%s: takes a sentence", name);
    *out = lab_heap_text(lab_node_text(node));
    return LAB_OK;
}

/* base and set of the sweep, or of its probe. */
static lab_status read_base(lab_config *config, lab_node mapping, lab_error *err)
{
    char *base = NULL;
    lab_status status = take_text(&base, mapping, "base", err);
    lab_config_init(config);
    if (status == LAB_OK && base) {
        char *path = lab_config_beside(lab_yaml_name(mapping.yaml), base);
        status = lab_config_load(config, path, err);
        if (status == LAB_ERR_MISSING)
            status = lab_node_fail(find(mapping, "base"), err, "base: %s is not there", path);
        lab_heap_free(path);
    }
    lab_node set = find(mapping, "set");
    if (status == LAB_OK && set.yaml) status = lab_config_read(config, set, err);
    lab_heap_free(base);
    return status;
}

/* ---- axes ---- */

static lab_status axis_key(expansion *e, axis *a, const char *name, lab_node at, lab_node list,
                           lab_error *err)
{
    lab_key_id id = LAB_KEY_NONE;
    lab_status status = lab_config_key(&id, name, at, err);
    if (status != LAB_OK) return status;
    if (e->axis_of[id].yaml) {
        lab_text first = {0};
        lab_node_place(e->axis_of[id], &first);
        status = lab_node_fail(at, err, "%s: is an axis already, at %s", name, lab_text_of(&first));
        lab_text_finish(&first);
        return status;
    }
    if (lab_key_at(id)->task == LAB_TASK_PROBE || id == LAB_KEY_task)
        return lab_node_fail(at, err,
                             "%s: cannot be an axis: the cells are pre-training runs; set "
                             "it under probe",
                             name);
    if (lab_node_is(list) != LAB_NODE_LIST || lab_node_count(list) == 0)
        return lab_node_fail(list, err, "%s: takes a list of values, [a, b]", name);
    if (a->key_count > 0 && lab_node_count(list) != a->values)
        return lab_node_fail(list, err,
                             "%s: has %d values where %s has %d; zipped lists are "
                             "equally long",
                             name, lab_node_count(list), lab_key_at(a->keys[0])->name, a->values);
    e->axis_of[id] = at;
    a->values = lab_node_count(list);
    a->lists[a->key_count] = list;
    a->keys[a->key_count++] = id;
    return LAB_OK;
}

/* No more than the keys: each axis takes at least one of its own. */
static axis *axis_add(expansion *e)
{
    LAB_ASSERT(e->axis_count < AXES_MAX);
    return &e->axes[e->axis_count++];
}

static lab_status read_axes(expansion *e, lab_error *err)
{
    lab_node grid = find(e->root, "grid"), zip = find(e->root, "zip");
    lab_node seeds = find(e->root, "seeds");
    lab_status status = LAB_OK;
    if (grid.yaml && lab_node_is(grid) != LAB_NODE_MAPPING)
        return lab_node_fail(grid, err, "grid: takes key: [values] pairs");
    for (int i = 0; grid.yaml && status == LAB_OK && i < lab_node_count(grid); i++) {
        lab_node key = lab_node_key(grid, i);
        status = axis_key(e, axis_add(e), lab_node_text(key), key, lab_node_value(grid, i), err);
    }
    if (status == LAB_OK && zip.yaml && lab_node_is(zip) != LAB_NODE_LIST)
        return lab_node_fail(zip, err, "zip: takes a list of groups, - {key: [values], ...}");
    for (int i = 0; zip.yaml && status == LAB_OK && i < lab_node_count(zip); i++) {
        lab_node group = lab_node_item(zip, i);
        if (lab_node_is(group) != LAB_NODE_MAPPING || lab_node_count(group) == 0)
            return lab_node_fail(group, err, "zip: a group is {key: [values], ...}");
        axis *a = axis_add(e);
        for (int k = 0; status == LAB_OK && k < lab_node_count(group); k++) {
            lab_node key = lab_node_key(group, k);
            status = axis_key(e, a, lab_node_text(key), key, lab_node_value(group, k), err);
        }
    }
    e->seed_axis = -1;
    if (status != LAB_OK || !seeds.yaml) return status;
    e->seed_axis = e->axis_count;
    return axis_key(e, axis_add(e), "seed", seeds, seeds, err);
}

/* A value of this very file that an axis would overwrite. One of the base is a default. */
static lab_status check_unused(const expansion *e, const lab_config *config, int k, lab_error *err)
{
    const char *from = config->values[k].from, *file = lab_yaml_name(e->root.yaml);
    size_t length = strlen(file);
    if (!e->axis_of[k].yaml || strncmp(from, file, length) != 0 || from[length] != ':')
        return LAB_OK;
    return lab_fail(err, LAB_ERR_CONFIG,
                    "%s: %s: this value would change nothing, for the axis of that name sets it in "
                    "every cell: remove one of them",
                    from, lab_key_at((lab_key_id)k)->name);
}

static lab_status axis_apply(const axis *a, int value, lab_config *config, lab_error *err)
{
    lab_status status = LAB_OK;
    for (int k = 0; status == LAB_OK && k < a->key_count; k++)
        status = lab_config_set_node(config, a->keys[k], lab_node_item(a->lists[k], value), err);
    return status;
}

/* ---- cells ---- */

static isize cell_find(const lab_sweep *sweep, const char *hash)
{
    for (isize i = 0; i < sweep->count; i++)
        if (strcmp(sweep->cells[i].hash.hex, hash) == 0) return i;
    return -1;
}

/* Adds a checked config unless it is there already; returns its index. */
static isize cell_put(lab_sweep *sweep, const lab_config *config, isize parent)
{
    lab_sha256 hash = lab_config_hash(config);
    isize index = cell_find(sweep, hash.hex);
    if (index >= 0) return index;
    if (sweep->count == sweep->capacity) {
        isize bytes = (isize)sizeof *sweep->cells, capacity = sweep->capacity * 2 + 16;
        sweep->cells = lab_heap_grow(sweep->cells, sweep->capacity * bytes, capacity * bytes);
        sweep->capacity = capacity;
    }
    lab_cell *cell = &sweep->cells[sweep->count];
    *cell = (lab_cell){.config = *config, .hash = hash, .parent_cell = parent};
    if (parent >= 0) cell->parent = sweep->cells[parent].hash;
    return sweep->count++;
}

static lab_status resolve(expansion *e, lab_config *config, lab_error *err)
{
    const char *name = lab_config_value(config, LAB_KEY_data_name);
    lab_status status = lab_config_check(config, err);
    if (status != LAB_OK || strcmp(lab_config_value(config, LAB_KEY_data_sha256), "\"\"") != 0)
        return status;
    if (strcmp(e->data_name, name) != 0) {
        status = e->data.find(e->data.context, name, e->data_sha256, err);
        if (status != LAB_OK) return status;
        (void)snprintf(e->data_name, sizeof e->data_name, "%s", name);
    }
    return lab_config_set(config, LAB_KEY_data_sha256, e->data_sha256, "data set", err);
}

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

static lab_status put_probe(expansion *e, const lab_config *pretrain, const char *trunk,
                            isize parent, lab_error *err)
{
    lab_config config = e->probe;
    lab_sweep_inherit(&config, pretrain);
    lab_status status = lab_config_set(&config, LAB_KEY_probe_trunk, trunk, "sweep", err);
    if (status == LAB_OK) status = lab_config_check(&config, err);
    if (status == LAB_OK) (void)cell_put(e->sweep, &config, parent);
    return status;
}

static lab_status put_cell(expansion *e, lab_config *config, lab_error *err)
{
    lab_sweep *sweep = e->sweep;
    lab_status status = resolve(e, config, err);
    if (status != LAB_OK) return status;
    if (sweep->count > LAB_SWEEP_CELLS_MAX)
        return lab_fail(err, LAB_ERR_CONFIG, "%s: more than %d cells", sweep->file,
                        LAB_SWEEP_CELLS_MAX);
    isize index = cell_put(sweep, config, -1);
    if (!e->probed) return LAB_OK;
    lab_sha256 hash = sweep->cells[index].hash;
    status = put_probe(e, config, hash.hex, index, err);
    if (status == LAB_OK && e->untrained) status = put_probe(e, config, "untrained", -1, err);
    if (status == LAB_OK && e->pixels) {
        lab_config first = *first_with_data(sweep, config);
        first.values[LAB_KEY_seed] = config->values[LAB_KEY_seed];
        status = put_probe(e, &first, "pixels", -1, err);
    }
    return status;
}

static lab_status put_product(expansion *e, int axis_index, const lab_config *config,
                              lab_error *err)
{
    lab_config next = *config;
    if (axis_index == e->axis_count) return put_cell(e, &next, err);
    const axis *a = &e->axes[axis_index];
    lab_status status = LAB_OK;
    for (int i = 0; status == LAB_OK && i < a->values; i++) {
        next = *config;
        status = axis_apply(a, i, &next, err);
        if (status == LAB_OK) status = put_product(e, axis_index + 1, &next, err);
    }
    return status;
}

static lab_status put_list(expansion *e, lab_node list, lab_error *err)
{
    lab_status status = LAB_OK;
    const axis *seeds = e->seed_axis >= 0 ? &e->axes[e->seed_axis] : NULL;
    if (lab_node_is(list) != LAB_NODE_LIST)
        return lab_node_fail(list, err, "list: takes cells, - {key: value, ...}");
    for (int i = 0; status == LAB_OK && i < lab_node_count(list); i++) {
        lab_config cell = e->base;
        status = lab_config_read(&cell, lab_node_item(list, i), err);
        if (status == LAB_OK && seeds) status = check_unused(e, &cell, LAB_KEY_seed, err);
        for (int s = 0; status == LAB_OK && s < (seeds ? seeds->values : 1); s++) {
            lab_config seeded = cell;
            if (seeds) status = axis_apply(seeds, s, &seeded, err);
            if (status == LAB_OK) status = put_cell(e, &seeded, err);
        }
    }
    return status;
}

/* ---- the file ---- */

static lab_status read_controls(expansion *e, lab_node probe, lab_error *err)
{
    lab_node controls = find(probe, "controls");
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

static lab_status read_probe(expansion *e, lab_error *err)
{
    lab_node probe = find(e->root, "probe");
    if (!probe.yaml) return LAB_OK;
    lab_status status = check_names(probe, probe_keys, err);
    if (status == LAB_OK) status = read_base(&e->probe, probe, err);
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

static lab_status apply_arguments(expansion *e, char *const *arguments, int count, lab_error *err)
{
    lab_status status = LAB_OK;
    for (int i = 0; status == LAB_OK && i < count; i++) {
        bool probe = strncmp(arguments[i], "probe.", 6) == 0;
        if (probe && !e->probed)
            return lab_fail(err, LAB_ERR_CONFIG, "argument '%.80s': this sweep has no probe",
                            arguments[i]);
        status = lab_config_assign(probe ? &e->probe : &e->base, arguments[i], err);
        for (int k = 0; status == LAB_OK && k < LAB_KEY_COUNT; k++) {
            const char *name = lab_key_at((lab_key_id)k)->name;
            size_t length = strlen(name);
            if (e->axis_of[k].yaml && strncmp(arguments[i], name, length) == 0 &&
                arguments[i][length] == '=')
                status = lab_node_fail(e->axis_of[k], err,
                                       "%s is an axis here: the argument %s "
                                       "would change nothing",
                                       name, arguments[i]);
        }
    }
    return status;
}

static lab_status expand(expansion *e, char *const *arguments, int count, lab_error *err)
{
    lab_sweep *sweep = e->sweep;
    lab_node list = find(e->root, "list");
    lab_status status = check_names(e->root, top_keys, err);
    if (status == LAB_OK) status = take_text(&sweep->name, e->root, "name", err);
    if (status == LAB_OK) status = take_text(&sweep->question, e->root, "question", err);
    if (status == LAB_OK) status = take_text(&sweep->prediction, e->root, "prediction", err);
    if (status == LAB_OK) status = take_text(&sweep->decision, e->root, "decide", err);
    if (status == LAB_OK) status = read_base(&e->base, e->root, err);
    if (status == LAB_OK) status = read_axes(e, err);
    for (int k = 0; status == LAB_OK && k < LAB_KEY_COUNT; k++)
        status = check_unused(e, &e->base, k, err);
    if (status == LAB_OK) status = read_probe(e, err);
    lab_node stop = find(e->root, "stop");
    if (status == LAB_OK && stop.yaml) status = lab_stop_read(&sweep->stop, stop, err);
    if (status == LAB_OK) status = apply_arguments(e, arguments, count, err);
    if (status == LAB_OK && lab_config_task(&e->base) != LAB_TASK_PRETRAIN)
        status = lab_fail(err, LAB_ERR_CONFIG,
                          "%s: its base is a probe's config; a sweep starts "
                          "from a pre-training config, and probes go under "
                          "probe:",
                          sweep->file);
    bool only_list = list.yaml && e->axis_count == (e->seed_axis >= 0);
    if (status == LAB_OK && !only_list) status = put_product(e, 0, &e->base, err);
    if (status == LAB_OK && list.yaml) status = put_list(e, list, err);
    if (status == LAB_OK && sweep->count == 0)
        status = lab_fail(err, LAB_ERR_CONFIG, "%s: has no cell", sweep->file);
    return status;
}

/* The file's name without folders and ending. */
static char *stem(const char *path)
{
    lab_text text = {0};
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    const char *dot = strrchr(name, '.');
    lab_text_bytes(&text, name, dot && dot > name ? dot - name : (isize)strlen(name));
    return text.data;
}

lab_status lab_sweep_read(lab_sweep *out, const char *path, char *const *arguments,
                          int argument_count, lab_data_source data, lab_error *err)
{
    lab_yaml *yaml = NULL;
    *out = (lab_sweep){.file = lab_heap_text(path)};
    lab_status status = lab_yaml_open(&yaml, path, err);
    if (status != LAB_OK) return status;
    out->text = lab_heap_text(lab_yaml_source(yaml));
    expansion *e = lab_heap_take(sizeof *e);
    e->sweep = out;
    e->data = data;
    e->root = lab_yaml_root(yaml);
    status = expand(e, arguments, argument_count, err);
    if (status == LAB_OK && !out->name) out->name = stem(path);
    lab_heap_free(e);
    lab_yaml_close(&yaml);
    return status;
}

lab_status lab_sweep_single(lab_sweep *out, const lab_config *config, const char *parent,
                            lab_data_source data, lab_error *err)
{
    *out = (lab_sweep){0};
    expansion *e = lab_heap_take(sizeof *e);
    e->sweep = out;
    e->data = data;
    e->base = *config;
    lab_status status = resolve(e, &e->base, err);
    if (status == LAB_OK) {
        isize index = cell_put(out, &e->base, -1);
        (void)snprintf(out->cells[index].parent.hex, sizeof out->cells[index].parent.hex, "%s",
                       parent);
    }
    lab_heap_free(e);
    return status;
}

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

lab_sha256 lab_sweep_hash(const lab_sweep *sweep)
{
    lab_text all = {0};
    lab_text_put(&all, sweep->text);
    for (isize i = 0; i < sweep->count; i++) lab_text_add(&all, "\n%s", sweep->cells[i].hash.hex);
    lab_sha256 hash = lab_sha256_of(lab_text_of(&all), all.length);
    lab_text_finish(&all);
    return hash;
}

void lab_sweep_finish(lab_sweep *sweep)
{
    lab_heap_free(sweep->file);
    lab_heap_free(sweep->name);
    lab_heap_free(sweep->text);
    lab_heap_free(sweep->question);
    lab_heap_free(sweep->prediction);
    lab_heap_free(sweep->decision);
    lab_heap_free(sweep->cells);
    lab_stop_finish(&sweep->stop);
    *sweep = (lab_sweep){0};
}
