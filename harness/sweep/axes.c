/* The axes of a sweep file: what varies, and over which values. */
#include "base/heap.h"
#include "sweep/expansion.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

lab_status lab_axes_check_free(const lab_expansion *e, lab_symbol symbol, lab_node at,
                               lab_error *err)
{
    bool axis = e->axis_of[symbol].yaml != NULL;
    lab_text first = {0};
    if (!axis && !e->derived_at[symbol].yaml) return LAB_OK;
    lab_node_place(axis ? e->axis_of[symbol] : e->derived_at[symbol], &first);
    lab_status status =
        lab_node_fail(at, err, "%s: is %s already, at %s", lab_symbol_name(e->sweep, symbol),
                      axis ? "an axis" : "computed", lab_text_of(&first));
    lab_text_finish(&first);
    return status;
}

static lab_status take(lab_expansion *e, lab_axis *a, lab_symbol symbol, lab_node at,
                       lab_error *err)
{
    const lab_values *list = &a->lists[a->symbol_count], *first = &a->lists[0];
    a->symbols[a->symbol_count++] = symbol;
    e->axis_of[symbol] = at;
    a->values = first->count;
    if (list->count == first->count) return LAB_OK;
    return lab_node_fail(at, err,
                         "%s: has %d values where %s has %d; zipped lists are equally long",
                         lab_symbol_name(e->sweep, symbol), list->count,
                         lab_symbol_name(e->sweep, a->symbols[0]), first->count);
}

static lab_status check_key(const lab_expansion *e, lab_key_id id, lab_node at, lab_error *err)
{
    const lab_key *key = lab_key_at(id);
    if (key->task != LAB_TASK_PROBE && id != LAB_KEY_task)
        return lab_axes_check_free(e, (lab_symbol)id, at, err);
    return lab_node_fail(at, err,
                         "%s: cannot be an axis: the cells are pre-training runs; set it under "
                         "probe",
                         key->name);
}

lab_status lab_axis_key(lab_expansion *e, lab_axis *a, lab_key_id id, lab_node at, lab_node list,
                        lab_error *err)
{
    const char *name = lab_key_at(id)->name;
    lab_values *values = &a->lists[a->symbol_count];
    lab_status status = check_key(e, id, at, err);
    if (status != LAB_OK) return status;
    status = lab_values_read(values, id, name, list, a->zipped, err);
    if (status != LAB_OK) {
        lab_values_finish(values);
        return status;
    }
    return take(e, a, (lab_symbol)id, at, err);
}

lab_status lab_axis_var(lab_expansion *e, lab_axis *a, const char *name, lab_node at, lab_node list,
                        lab_error *err)
{
    lab_sweep *sweep = e->sweep;
    lab_values *values = &a->lists[a->symbol_count];
    lab_symbol symbol = lab_symbol_find(sweep, name);
    bool spelled = isalpha((unsigned char)*name) && strlen(name) < LAB_VAR_BYTES;
    for (const char *c = name; *c; c++) spelled &= isalnum((unsigned char)*c) || *c == '_';
    if (!spelled)
        return lab_node_fail(at, err,
                             "'%.80s' cannot be a name of one's own: it takes a letter, "
                             "then letters, digits and _",
                             name);
    if (lab_expression_reserves(name) || symbol >= LAB_SYMBOL_COST ||
        (symbol != LAB_SYMBOL_NONE && symbol < LAB_SYMBOL_VAR))
        return lab_node_fail(at, err, "%s: has a meaning of its own; choose another name", name);
    if (symbol != LAB_SYMBOL_NONE) return lab_axes_check_free(e, symbol, at, err);
    if (sweep->var_count == LAB_SWEEP_VARS_MAX)
        return lab_node_fail(at, err, "%s: is one name of one's own too many; %d are the most",
                             name, LAB_SWEEP_VARS_MAX);
    lab_status status = lab_values_numbers(values, name, list, err);
    if (status != LAB_OK) {
        lab_values_finish(values);
        return status;
    }
    (void)snprintf(sweep->vars[sweep->var_count], LAB_VAR_BYTES, "%s", name);
    return take(e, a, LAB_SYMBOL_VAR + sweep->var_count++, at, err);
}

lab_axis *lab_axis_add(lab_expansion *e)
{
    LAB_ASSERT(e->axis_count < LAB_AXES_MAX);
    return &e->axes[e->axis_count++];
}

lab_status lab_axis_group(lab_expansion *e, lab_axis *a, lab_node group, lab_error *err)
{
    lab_status status = LAB_OK;
    a->zipped = lab_node_count(group) > 1;
    for (int k = 0; status == LAB_OK && k < lab_node_count(group); k++) {
        lab_node key = lab_node_key(group, k), list = lab_node_value(group, k);
        lab_key_id id = LAB_KEY_NONE;
        status = lab_config_key(&id, lab_node_text(key), key, err);
        if (status == LAB_OK) status = lab_axis_key(e, a, id, key, list, err);
    }
    return status;
}

lab_status lab_axis_column(lab_expansion *e, lab_axis *a, lab_key_id id, lab_node at, int values,
                           lab_error *err)
{
    lab_values *list = &a->lists[a->symbol_count];
    lab_status status = check_key(e, id, at, err);
    if (status != LAB_OK) return status;
    *list = (lab_values){lab_heap_take(values * (isize)sizeof *list->items), values};
    return take(e, a, (lab_symbol)id, at, err);
}

/* ---- the file ---- */

static lab_status read_vars(lab_expansion *e, lab_error *err)
{
    lab_node vars = lab_mapping_find(e->root, "vars");
    lab_status status = LAB_OK;
    if (vars.yaml && lab_node_is(vars) != LAB_NODE_MAPPING)
        return lab_node_fail(vars, err, "vars: takes name: [numbers] pairs");
    for (int i = 0; vars.yaml && status == LAB_OK && i < lab_node_count(vars); i++) {
        lab_node key = lab_node_key(vars, i);
        status =
            lab_axis_var(e, lab_axis_add(e), lab_node_text(key), key, lab_node_value(vars, i), err);
    }
    return status;
}

static lab_status read_grid(lab_expansion *e, lab_error *err)
{
    lab_node grid = lab_mapping_find(e->root, "grid");
    lab_status status = LAB_OK;
    if (grid.yaml && lab_node_is(grid) != LAB_NODE_MAPPING)
        return lab_node_fail(grid, err, "grid: takes key: [values] pairs");
    for (int i = 0; grid.yaml && status == LAB_OK && i < lab_node_count(grid); i++) {
        lab_node key = lab_node_key(grid, i);
        lab_key_id id = LAB_KEY_NONE;
        status = lab_config_key(&id, lab_node_text(key), key, err);
        if (status == LAB_OK)
            status = lab_axis_key(e, lab_axis_add(e), id, key, lab_node_value(grid, i), err);
    }
    return status;
}

static lab_status read_zip(lab_expansion *e, lab_error *err)
{
    lab_node zip = lab_mapping_find(e->root, "zip");
    lab_status status = LAB_OK;
    if (zip.yaml && lab_node_is(zip) != LAB_NODE_LIST)
        return lab_node_fail(zip, err, "zip: takes a list of groups, - {key: [values], ...}");
    for (int i = 0; zip.yaml && status == LAB_OK && i < lab_node_count(zip); i++) {
        lab_node group = lab_node_item(zip, i);
        if (lab_node_is(group) != LAB_NODE_MAPPING || lab_node_count(group) == 0)
            return lab_node_fail(group, err, "zip: a group is {key: [values], ...}");
        status = lab_axis_group(e, lab_axis_add(e), group, err);
    }
    return status;
}

/* seeds: N stands for 0 to N - 1. */
static lab_status read_seeds(lab_expansion *e, lab_error *err)
{
    lab_node seeds = lab_mapping_find(e->root, "seeds");
    e->seed_axis = -1;
    if (!seeds.yaml) return LAB_OK;
    e->seed_axis = e->axis_count;
    lab_axis *a = lab_axis_add(e);
    if (lab_node_is(seeds) != LAB_NODE_SCALAR)
        return lab_axis_key(e, a, LAB_KEY_seed, seeds, seeds, err);
    static const lab_key number = {.type = LAB_TYPE_INT,
                                   .name = "seeds",
                                   .unit = "that many: 0, 1, 2 ...",
                                   .min = 1,
                                   .max = LAB_SWEEP_CELLS_MAX};
    char words[LAB_VALUE_MAX];
    lab_config scratch;
    lab_text place = {0};
    lab_values *list = &a->lists[0];
    lab_status status = lab_axes_check_free(e, (lab_symbol)LAB_KEY_seed, seeds, err);
    lab_node_place(seeds, &place);
    if (status == LAB_OK) {
        status = lab_key_parse(&number, lab_node_text(seeds), words, err);
        if (status != LAB_OK) lab_error_context(err, "%s", lab_text_of(&place));
    }
    if (status == LAB_OK) {
        list->count = (int)strtol(words, NULL, 10);
        list->items = lab_heap_take(list->count * (isize)sizeof *list->items);
    }
    for (int i = 0; status == LAB_OK && i < list->count; i++) {
        status = lab_config_set(&scratch, LAB_KEY_seed, lab_value_number(LAB_TYPE_INT, i).text,
                                lab_text_of(&place), err);
        if (status == LAB_OK) list->items[i] = scratch.values[LAB_KEY_seed];
    }
    lab_text_finish(&place);
    return status == LAB_OK ? take(e, a, (lab_symbol)LAB_KEY_seed, seeds, err) : status;
}

lab_status lab_axes_read(lab_expansion *e, lab_error *err)
{
    lab_status status = read_vars(e, err);
    if (status == LAB_OK) status = read_grid(e, err);
    if (status == LAB_OK) status = read_zip(e, err);
    if (status == LAB_OK) status = read_seeds(e, err);
    return status;
}

/* ---- what would change nothing ---- */

lab_status lab_axes_check(const lab_expansion *e, const lab_config *config, bool listed,
                          lab_error *err)
{
    const char *file = lab_yaml_name(e->root.yaml);
    size_t length = strlen(file);
    for (int k = 0; k < LAB_KEY_COUNT; k++) {
        const char *from = config->values[k].from;
        bool axis = e->axis_of[k].yaml && (!listed || k == LAB_KEY_seed);
        if ((!axis && !e->derived_at[k].yaml) || strncmp(from, file, length) != 0 ||
            from[length] != ':')
            continue;
        return lab_fail(err, LAB_ERR_CONFIG,
                        "%s: %s: this value would change nothing, for the %s of that name sets it "
                        "in every cell: remove one of them",
                        from, lab_key_at((lab_key_id)k)->name, axis ? "axis" : "expression");
    }
    return LAB_OK;
}

lab_status lab_axes_check_argument(const lab_expansion *e, const char *argument, lab_error *err)
{
    for (int k = 0; k < LAB_KEY_COUNT; k++) {
        const char *name = lab_key_at((lab_key_id)k)->name;
        size_t length = strlen(name);
        bool axis = e->axis_of[k].yaml != NULL;
        if ((!axis && !e->derived_at[k].yaml) || strncmp(argument, name, length) != 0 ||
            argument[length] != '=')
            continue;
        return lab_node_fail(axis ? e->axis_of[k] : e->derived_at[k], err,
                             "%s is %s here: the argument %s would change nothing", name,
                             axis ? "an axis" : "computed", argument);
    }
    return LAB_OK;
}

void lab_axis_apply(const lab_axis *a, int value, lab_draft *draft)
{
    for (int k = 0; k < a->symbol_count; k++) {
        const lab_value *item = &a->lists[k].items[value];
        if (a->symbols[k] < LAB_SYMBOL_VAR)
            draft->config.values[a->symbols[k]] = *item;
        else
            draft->vars[a->symbols[k] - LAB_SYMBOL_VAR] = strtod(item->text, NULL);
    }
}
