/* derive and where of a sweep file. */
#include "sweep/expansion.h"

lab_status lab_derive_add(lab_expansion *e, lab_key_id id, const char *words, lab_node at,
                          lab_error *err)
{
    const char *name = lab_key_at(id)->name;
    if (lab_key_at(id)->task == LAB_TASK_PROBE || id == LAB_KEY_task)
        return lab_node_fail(at, err,
                             "%s: cannot be computed: the cells are pre-training runs; set "
                             "it under probe",
                             name);
    lab_status status = lab_axes_check_free(e, (lab_symbol)id, at, err);
    if (status != LAB_OK) return status;
    e->derived_at[id] = at;
    return lab_rules_add(&e->rules, e->sweep, (lab_symbol)id,
                         (lab_expression_text){name, words, at}, err);
}

static lab_status read_derive(lab_expansion *e, lab_error *err)
{
    lab_node derive = lab_mapping_find(e->root, "derive");
    lab_status status = LAB_OK;
    if (derive.yaml && lab_node_is(derive) != LAB_NODE_MAPPING)
        return lab_node_fail(derive, err, "derive: takes key: expression pairs");
    for (int i = 0; derive.yaml && status == LAB_OK && i < lab_node_count(derive); i++) {
        lab_node key = lab_node_key(derive, i), value = lab_node_value(derive, i);
        lab_key_id id = LAB_KEY_NONE;
        status = lab_config_key(&id, lab_node_text(key), key, err);
        if (status == LAB_OK && lab_node_is(value) != LAB_NODE_SCALAR)
            status =
                lab_node_fail(value, err, "%s: an expression is wanted here", lab_node_text(key));
        if (status == LAB_OK) status = lab_derive_add(e, id, lab_node_text(value), value, err);
    }
    return status;
}

static lab_status add_where(lab_expansion *e, lab_node node, lab_error *err)
{
    if (lab_node_is(node) != LAB_NODE_SCALAR)
        return lab_node_fail(node, err, "where: takes a condition, or a list of them");
    lab_expression_text text = {"where", lab_node_text(node), node};
    return lab_rules_add(&e->rules, e->sweep, LAB_SYMBOL_NONE, text, err);
}

static lab_status read_where(lab_expansion *e, lab_error *err)
{
    lab_node where = lab_mapping_find(e->root, "where");
    lab_status status = LAB_OK;
    if (!where.yaml) return LAB_OK;
    if (lab_node_is(where) != LAB_NODE_LIST) return add_where(e, where, err);
    for (int i = 0; status == LAB_OK && i < lab_node_count(where); i++)
        status = add_where(e, lab_node_item(where, i), err);
    return status;
}

lab_status lab_derive_read(lab_expansion *e, lab_error *err)
{
    const lab_sweep *sweep = e->sweep;
    lab_status status = read_derive(e, err);
    if (status == LAB_OK) status = read_where(e, err);
    for (int i = 0; status == LAB_OK && i < sweep->var_count; i++)
        if (!lab_rules_name(&e->rules, LAB_SYMBOL_VAR + i))
            status = lab_node_fail(e->axis_of[LAB_SYMBOL_VAR + i], err,
                                   "%s: neither derive nor where names it, so it changes nothing: "
                                   "use it or remove it",
                                   sweep->vars[i]);
    return status == LAB_OK ? lab_rules_order(&e->rules, sweep, err) : status;
}
