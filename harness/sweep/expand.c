/* From a sweep file to its cells: axes give drafts, rules complete them (rules.h), and each that is
 * kept becomes a cell with its probes. */
#include "base/heap.h"
#include "sweep/expansion.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const top_keys[] = {
    "name", "question", "prediction", "decide", "base",  "set",   "isoflop", "vars",  "grid",
    "zip",  "list",     "seeds",      "derive", "where", "probe", "stop",    "paper", NULL};

static lab_draft draft_of(const lab_config *config)
{
    lab_draft draft = {.config = *config};
    for (int i = 0; i < LAB_SWEEP_VARS_MAX; i++) draft.vars[i] = (double)NAN;
    return draft;
}

static lab_status put_product(lab_expansion *e, int axis_index, const lab_draft *draft,
                              lab_error *err)
{
    lab_draft next = *draft;
    if (axis_index == e->axis_count) return lab_cell_add(e, &next, err);
    const lab_axis *a = &e->axes[axis_index];
    lab_status status = LAB_OK;
    for (int i = 0; status == LAB_OK && i < a->values; i++) {
        lab_axis_apply(a, i, &next);
        status = put_product(e, axis_index + 1, &next, err);
    }
    return status;
}

static lab_status put_list(lab_expansion *e, lab_node list, lab_error *err)
{
    lab_status status = LAB_OK;
    const lab_axis *seeds = e->seed_axis >= 0 ? &e->axes[e->seed_axis] : NULL;
    if (lab_node_is(list) != LAB_NODE_LIST)
        return lab_node_fail(list, err, "list: takes cells, - {key: value, ...}");
    if (e->sweep->var_count > 0)
        return lab_node_fail(list, err,
                             "list: its cells have no value of %s, which vars and isoflop give; "
                             "write them as a group of zip",
                             e->sweep->vars[0]);
    for (int i = 0; status == LAB_OK && i < lab_node_count(list); i++) {
        lab_draft cell = draft_of(&e->base);
        status = lab_config_read(&cell.config, lab_node_item(list, i), err);
        if (status == LAB_OK) status = lab_axes_check(e, &cell.config, true, err);
        for (int s = 0; status == LAB_OK && s < (seeds ? seeds->values : 1); s++) {
            lab_draft seeded = cell;
            if (seeds) lab_axis_apply(seeds, s, &seeded);
            status = lab_cell_add(e, &seeded, err);
        }
    }
    return status;
}

static lab_status apply_arguments(lab_expansion *e, char *const *arguments, int count,
                                  lab_error *err)
{
    lab_status status = LAB_OK;
    for (int i = 0; status == LAB_OK && i < count; i++) {
        bool probe =
            strncmp(arguments[i], "probe.", 6) == 0 || strncmp(arguments[i], "tune.", 5) == 0;
        if (probe && !e->probed)
            return lab_fail(err, LAB_ERR_CONFIG, "argument '%.80s': this sweep has no probe",
                            arguments[i]);
        status = lab_config_assign(probe ? &e->probe : &e->base, arguments[i], err);
        if (status == LAB_OK) status = lab_axes_check_argument(e, arguments[i], err);
    }
    return status;
}

static lab_status read_file(lab_expansion *e, char *const *arguments, int count, lab_error *err)
{
    lab_sweep *sweep = e->sweep;
    lab_status status = lab_mapping_check(e->root, top_keys, err);
    if (status == LAB_OK) status = lab_mapping_text(&sweep->name, e->root, "name", err);
    if (status == LAB_OK) status = lab_mapping_text(&sweep->question, e->root, "question", err);
    if (status == LAB_OK) status = lab_mapping_text(&sweep->prediction, e->root, "prediction", err);
    if (status == LAB_OK) status = lab_mapping_text(&sweep->decision, e->root, "decide", err);
    if (status == LAB_OK) status = lab_mapping_config(&e->base, e->root, err);
    if (status == LAB_OK) status = lab_isoflop_axes(e, err);
    if (status == LAB_OK) status = lab_axes_read(e, err);
    if (status == LAB_OK) status = lab_isoflop_rules(e, err);
    if (status == LAB_OK) status = lab_derive_read(e, err);
    if (status == LAB_OK) status = lab_axes_check(e, &e->base, false, err);
    if (status == LAB_OK) status = lab_probes_read(e, err);
    lab_node stop = lab_mapping_find(e->root, "stop");
    if (status == LAB_OK && stop.yaml) status = lab_stop_read(&sweep->stop, stop, err);
    lab_node paper = lab_mapping_find(e->root, "paper");
    if (status == LAB_OK && paper.yaml) status = lab_claims_read(&sweep->claims, paper, err);
    if (status == LAB_OK) status = apply_arguments(e, arguments, count, err);
    if (status == LAB_OK && lab_config_task(&e->base) != LAB_TASK_PRETRAIN)
        status = lab_fail(err, LAB_ERR_CONFIG,
                          "%s: its base is a probe's config; a sweep starts "
                          "from a pre-training config, and probes go under "
                          "probe:",
                          sweep->file);
    return status;
}

static lab_status fail_empty(const lab_sweep *sweep, lab_error *err)
{
    lab_text rules = {0};
    for (int i = 0; i < sweep->left_out_count; i++)
        lab_text_add(&rules, "%s%td by %s", i == 0 ? ": " : ", ", sweep->left_out[i].count,
                     sweep->left_out[i].rule);
    lab_status status =
        lab_fail(err, LAB_ERR_CONFIG, "%s: has no cell%s%s", sweep->file,
                 sweep->left_out_count ? ": every one is left out" : "", lab_text_of(&rules));
    lab_text_finish(&rules);
    return status;
}

/* Before the first is made: where could leave out every one of any number. */
static lab_status check_size(const lab_expansion *e, lab_error *err)
{
    double drafts = 1;
    for (int i = 0; i < e->axis_count; i++) drafts *= e->axes[i].values;
    if (drafts <= LAB_SWEEP_DRAFTS_MAX) return LAB_OK;
    return lab_fail(err, LAB_ERR_CONFIG,
                    "%s: its axes have %.0f combinations; %d are the most, before where leaves any "
                    "out",
                    e->sweep->file, drafts, LAB_SWEEP_DRAFTS_MAX);
}

static lab_status expand(lab_expansion *e, lab_error *err)
{
    lab_node list = lab_mapping_find(e->root, "list");
    bool only_list = list.yaml && e->axis_count == (e->seed_axis >= 0);
    lab_draft first = draft_of(&e->base);
    lab_status status = check_size(e, err);
    if (status == LAB_OK && !only_list) status = put_product(e, 0, &first, err);
    if (status == LAB_OK && list.yaml) status = put_list(e, list, err);
    if (status != LAB_OK) return status;
    lab_rules_count(&e->rules, e->sweep);
    return e->sweep->count == 0 ? fail_empty(e->sweep, err) : LAB_OK;
}

static void finish(lab_expansion *e)
{
    for (int i = 0; i < e->axis_count; i++)
        for (int k = 0; k < e->axes[i].symbol_count; k++) lab_values_finish(&e->axes[i].lists[k]);
    for (int i = 0; i < e->probe_axis_count; i++) lab_values_finish(&e->probe_axes[i].lists[0]);
    lab_index_finish(&e->data_names);
    lab_heap_free(e->data_sha256);
    lab_index_finish(&e->shapes);
    lab_heap_free(e->plans);
    lab_rules_finish(&e->rules);
    lab_heap_free(e);
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
                          int argument_count, lab_data_source source, lab_error *err)
{
    lab_yaml *yaml = NULL;
    *out = (lab_sweep){.file = lab_heap_text(path)};
    lab_status status = lab_yaml_open(&yaml, path, err);
    if (status != LAB_OK) return status;
    out->text = lab_heap_text(lab_yaml_source(yaml));
    lab_expansion *e = lab_heap_take(sizeof *e);
    e->sweep = out;
    e->source = source;
    e->root = lab_yaml_root(yaml);
    status = read_file(e, arguments, argument_count, err);
    if (status == LAB_OK) status = expand(e, err);
    if (status == LAB_OK && !out->name) out->name = stem(path);
    finish(e);
    lab_yaml_close(&yaml);
    return status;
}

lab_status lab_sweep_single(lab_sweep *out, const lab_config *config, const char *parent,
                            lab_data_source source, lab_error *err)
{
    *out = (lab_sweep){0};
    lab_expansion *e = lab_heap_take(sizeof *e);
    lab_draft draft = draft_of(config);
    e->sweep = out;
    e->source = source;
    isize index = -1;
    lab_status status = lab_cell_resolve(e, &draft.config, err);
    if (status == LAB_OK) status = lab_cell_put(out, &draft, -1, &index, err);
    if (status == LAB_OK)
        (void)snprintf(out->cells[index].parent.hex, sizeof out->cells[index].parent.hex, "%s",
                       parent);
    finish(e);
    return status;
}
