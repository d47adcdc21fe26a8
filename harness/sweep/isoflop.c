/* The isoflop axis: budgets of training FLOPs times sizes. A cell's number of steps is what its
 * budget pays for, by the engine's exact count of a step: approach 2 of Hoffmann et al. (2022),
 * arXiv 2203.15556. */
#include "sweep/expansion.h"
#include <string.h>

static const char *const iso_keys[] = {"budgets",           "sizes",     "lr",
                                       "patches_per_param", "steps_min", NULL};
static const char budget[] = "budget_flops";

static lab_status size_add(lab_axis *a, const lab_config *config, int size, lab_node at,
                           lab_error *err)
{
    int found = 0;
    for (int k = 0; k < a->symbol_count; k++) {
        const lab_value *value = &config->values[a->symbols[k]];
        if (!value->from[0])
            return lab_node_fail(at, err,
                                 "sizes: the first sets %s, this one does not; all set "
                                 "the same keys",
                                 lab_key_at((lab_key_id)a->symbols[k])->name);
        a->lists[k].items[size] = *value;
        found++;
    }
    for (int k = 0; k < LAB_KEY_COUNT; k++)
        if (config->values[k].from[0] && found-- == 0)
            return lab_node_fail(at, err,
                                 "sizes: sets %s, which the first does not; all set the "
                                 "same keys",
                                 lab_key_at((lab_key_id)k)->name);
    return LAB_OK;
}

/* - {key: value, ...} a size, keys dotted or nested. */
static lab_status read_listed(lab_expansion *e, lab_node sizes, lab_error *err)
{
    lab_axis *a = lab_axis_add(e);
    lab_status status = LAB_OK;
    if (lab_node_count(sizes) == 0)
        return lab_node_fail(sizes, err, "sizes: takes sizes, - {key: value, ...}");
    for (int i = 0; status == LAB_OK && i < lab_node_count(sizes); i++) {
        lab_config config;
        lab_config_init(&config);
        status = lab_config_read(&config, lab_node_item(sizes, i), err);
        for (int k = 0; i == 0 && status == LAB_OK && k < LAB_KEY_COUNT; k++)
            if (config.values[k].from[0])
                status = lab_axis_column(e, a, (lab_key_id)k, lab_node_item(sizes, 0),
                                         lab_node_count(sizes), err);
        if (status == LAB_OK && a->symbol_count == 0)
            return lab_node_fail(lab_node_item(sizes, i), err, "sizes: a size sets a key");
        if (status == LAB_OK) status = size_add(a, &config, i, lab_node_item(sizes, i), err);
    }
    return status;
}

static lab_node iso_node(const lab_expansion *e)
{
    return lab_mapping_find(e->root, "isoflop");
}

lab_status lab_isoflop_axes(lab_expansion *e, lab_error *err)
{
    lab_node iso = iso_node(e);
    if (!iso.yaml) return LAB_OK;
    lab_status status = lab_mapping_check(iso, iso_keys, err);
    if (status != LAB_OK) return status;
    lab_node budgets = lab_mapping_find(iso, "budgets"), sizes = lab_mapping_find(iso, "sizes");
    if (!budgets.yaml || !sizes.yaml)
        return lab_node_fail(iso, err,
                             "isoflop: %s are missing; it takes budgets: [FLOPs, ...] "
                             "and sizes: [{model.width: 32}, ...]",
                             budgets.yaml ? "sizes" : "budgets");
    status = lab_axis_var(e, lab_axis_add(e), budget, budgets, budgets, err);
    if (status != LAB_OK) return status;
    if (lab_node_is(sizes) == LAB_NODE_LIST) return read_listed(e, sizes, err);
    if (lab_node_is(sizes) == LAB_NODE_MAPPING && lab_node_count(sizes) > 0)
        return lab_axis_group(e, lab_axis_add(e), sizes, err);
    return lab_node_fail(sizes, err,
                         "sizes: takes a list, [{model.width: 32}, ...], or lists that "
                         "are walked together, {model.width: [32, 64]}");
}

static lab_status add_filter(lab_expansion *e, const char *name, const char *words, lab_node at,
                             lab_error *err)
{
    return lab_rules_add(&e->rules, e->sweep, LAB_SYMBOL_NONE,
                         (lab_expression_text){name, words, at}, err);
}

/* Only cells whose budget pays for that many steps. */
static lab_status add_steps_min(lab_expansion *e, lab_node iso, lab_error *err)
{
    lab_node node = lab_mapping_find(iso, "steps_min");
    lab_values least = {0};
    lab_text words = {0};
    lab_status status = LAB_OK;
    if (node.yaml && lab_node_is(node) != LAB_NODE_SCALAR)
        return lab_node_fail(node, err, "steps_min: a number is wanted here");
    if (node.yaml) status = lab_values_numbers(&least, "steps_min", node, err);
    lab_text_add(&words, "round(%s / flops_per_step) >= %s", budget,
                 node.yaml ? lab_node_text(node) : "1");
    if (status == LAB_OK)
        status =
            add_filter(e, "isoflop.steps_min", lab_text_of(&words), node.yaml ? node : iso, err);
    lab_values_finish(&least);
    lab_text_finish(&words);
    return status;
}

/* Only cells with so many patches for each parameter of the trunk. */
static lab_status add_patches(lab_expansion *e, lab_node iso, lab_error *err)
{
    lab_node node = lab_mapping_find(iso, "patches_per_param");
    lab_values ends = {0};
    lab_text words = {0};
    if (!node.yaml) return LAB_OK;
    if (lab_node_is(node) != LAB_NODE_LIST || lab_node_count(node) != 2)
        return lab_node_fail(node, err,
                             "patches_per_param: takes the least and the most, [2, 200]");
    lab_status status = lab_values_numbers(&ends, "patches_per_param", node, err);
    if (status == LAB_OK) {
        lab_text_add(&words, "patches / params_trunk BETWEEN %s AND %s",
                     lab_node_text(lab_node_item(node, 0)), lab_node_text(lab_node_item(node, 1)));
        status = add_filter(e, "isoflop.patches_per_param", lab_text_of(&words), node, err);
    }
    lab_values_finish(&ends);
    lab_text_finish(&words);
    return status;
}

lab_status lab_isoflop_rules(lab_expansion *e, lab_error *err)
{
    lab_node iso = iso_node(e);
    if (!iso.yaml) return LAB_OK;
    lab_node lr = lab_mapping_find(iso, "lr"), budgets = lab_mapping_find(iso, "budgets");
    lab_text words = {0};
    lab_text_add(&words, "%s / flops_per_step", budget);
    lab_status status = lab_derive_add(e, LAB_KEY_optim_steps, lab_text_of(&words), budgets, err);
    lab_text_finish(&words);
    if (status == LAB_OK && lr.yaml && lab_node_is(lr) != LAB_NODE_SCALAR)
        status = lab_node_fail(lr, err, "lr: an expression is wanted here");
    if (status == LAB_OK && lr.yaml)
        status = lab_derive_add(e, LAB_KEY_optim_lr_peak, lab_node_text(lr), lr, err);
    if (status == LAB_OK) status = add_steps_min(e, iso, err);
    if (status == LAB_OK) status = add_patches(e, iso, err);
    return status;
}
