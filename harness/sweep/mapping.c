#include "sweep/mapping.h"
#include "base/heap.h"
#include <string.h>

lab_status lab_mapping_check(lab_node mapping, const char *const *names, lab_error *err)
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

lab_node lab_mapping_find(lab_node mapping, const char *name)
{
    for (int i = 0; i < lab_node_count(mapping); i++)
        if (strcmp(lab_node_text(lab_node_key(mapping, i)), name) == 0)
            return lab_node_value(mapping, i);
    return (lab_node){0};
}

lab_status lab_mapping_text(char **out, lab_node mapping, const char *name, lab_error *err)
{
    lab_node node = lab_mapping_find(mapping, name);
    *out = NULL;
    if (!node.yaml) return LAB_OK;
    if (lab_node_is(node) != LAB_NODE_SCALAR)
        return lab_node_fail(node, err, "%s: takes a sentence", name);
    *out = lab_heap_text(lab_node_text(node));
    return LAB_OK;
}

lab_status lab_mapping_config(lab_config *out, lab_node mapping, lab_error *err)
{
    char *base = NULL;
    lab_status status = lab_mapping_text(&base, mapping, "base", err);
    lab_config_init(out);
    if (status == LAB_OK && base) {
        char *path = lab_config_beside(lab_yaml_name(mapping.yaml), base);
        status = lab_config_load(out, path, err);
        if (status == LAB_ERR_MISSING)
            status = lab_node_fail(lab_mapping_find(mapping, "base"), err, "base: %s is not there",
                                   path);
        lab_heap_free(path);
    }
    lab_node set = lab_mapping_find(mapping, "set");
    if (status == LAB_OK && set.yaml) status = lab_config_read(out, set, err);
    lab_heap_free(base);
    return status;
}
