#include "sweep/claim.h"
#include "base/heap.h"
#include "sweep/mapping.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *const outcomes[] = {"attentive", "linear", "loss"};
enum { OUTCOMES = sizeof outcomes / sizeof *outcomes };

/* The keys of a side with their canonical values. */
static lab_status read_side(char **out, lab_node item, const char *name, lab_error *err)
{
    lab_node side = lab_mapping_find(item, name);
    lab_text json = {0};
    lab_config config;
    if (!side.yaml || lab_node_is(side) != LAB_NODE_MAPPING || lab_node_count(side) == 0)
        return lab_node_fail(side.yaml ? side : item, err,
                             "%s: takes keys and values, {model.order: raster}", name);
    lab_config_init(&config);
    lab_status status = lab_config_read(&config, side, err);
    for (int id = 0; status == LAB_OK && id < LAB_KEY_COUNT; id++) {
        if (!*config.values[id].from) continue;
        lab_text_put(&json, json.length ? ", " : "{");
        lab_text_json(&json, lab_key_at((lab_key_id)id)->name);
        lab_text_put(&json, ": ");
        lab_text_json(&json, lab_config_value(&config, (lab_key_id)id));
    }
    lab_text_put(&json, "}");
    *out = json.data;
    return status;
}

static lab_status read_number(double *out, lab_node node, lab_error *err)
{
    char *end = NULL;
    const char *text = lab_node_is(node) == LAB_NODE_SCALAR ? lab_node_text(node) : "";
    *out = strtod(text, &end);
    if (end == text || *end || !isfinite(*out))
        return lab_node_fail(node, err, "'%.40s' is no number", text);
    return LAB_OK;
}

static lab_status read_flag(bool *out, lab_node node, lab_error *err)
{
    const char *text = lab_node_is(node) == LAB_NODE_SCALAR ? lab_node_text(node) : "";
    *out = strcmp(text, "true") == 0;
    if (!*out && strcmp(text, "false") != 0)
        return lab_node_fail(node, err, "remembered: takes true or false");
    return LAB_OK;
}

static lab_status read_outcome(lab_claims *out, lab_node item, int outcome, lab_error *err)
{
    lab_node pair = lab_mapping_find(item, outcomes[outcome]),
             remembered = lab_mapping_find(item, "remembered");
    if (!pair.yaml) return LAB_OK;
    if (lab_node_is(pair) != LAB_NODE_LIST || lab_node_count(pair) != 2)
        return lab_node_fail(pair, err, "%s: takes two numbers, [from, to]", outcomes[outcome]);
    isize bytes = out->count * (isize)sizeof *out->list;
    out->list = lab_heap_grow(out->list, bytes, bytes + (isize)sizeof *out->list);
    lab_claim *claim = &out->list[out->count++];
    *claim = (lab_claim){.outcome = outcomes[outcome]};
    lab_status status = read_side(&claim->from, item, "from", err);
    if (status == LAB_OK) status = read_side(&claim->to, item, "to", err);
    if (status == LAB_OK) status = read_number(&claim->a, lab_node_item(pair, 0), err);
    if (status == LAB_OK) status = read_number(&claim->b, lab_node_item(pair, 1), err);
    if (status == LAB_OK && remembered.yaml)
        status = read_flag(&claim->remembered, remembered, err);
    return status;
}

static lab_status read_item(lab_claims *out, lab_node item, lab_error *err)
{
    static const char *const keys[] = {"from", "to",         "attentive", "linear",
                                       "loss", "remembered", NULL};
    int before = out->count;
    lab_status status = lab_mapping_check(item, keys, err);
    for (int k = 0; status == LAB_OK && k < OUTCOMES; k++) status = read_outcome(out, item, k, err);
    if (status == LAB_OK && out->count == before)
        status = lab_node_fail(item, err, "a claim has an outcome: attentive, linear or loss");
    return status;
}

lab_status lab_claims_read(lab_claims *out, lab_node mapping, lab_error *err)
{
    static const char *const keys[] = {"source", "claims", NULL};
    lab_status status = lab_mapping_check(mapping, keys, err);
    if (status == LAB_OK) status = lab_mapping_text(&out->source, mapping, "source", err);
    if (status != LAB_OK) return status;
    lab_node list = lab_mapping_find(mapping, "claims");
    if (!out->source) return lab_node_fail(mapping, err, "paper: has no source");
    if (!list.yaml || lab_node_is(list) != LAB_NODE_LIST)
        return lab_node_fail(list.yaml ? list : mapping, err,
                             "claims: takes a list, - {from: {...}, to: {...}, attentive: [a, b]}");
    for (int i = 0; status == LAB_OK && i < lab_node_count(list); i++)
        status = read_item(out, lab_node_item(list, i), err);
    return status;
}

void lab_claims_finish(lab_claims *claims)
{
    for (int i = 0; i < claims->count; i++) {
        lab_heap_free(claims->list[i].from);
        lab_heap_free(claims->list[i].to);
    }
    lab_heap_free(claims->list);
    lab_heap_free(claims->source);
    *claims = (lab_claims){0};
}
