#include "sweep/stop.h"
#include "base/heap.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- reading ---- */

static const char *const kinds[] = {"median", "threshold", "nonfinite"};
/* What a rule of each kind takes. */
static const char *const fields[][7] = {
    {"metric", "after", "least", "among", "better", NULL},
    {"metric", "after", "above", "below", NULL},
    {"metric", "after", NULL},
};

static lab_status take_number(lab_node node, const char *name, double *out, lab_error *err)
{
    char *end = NULL;
    const char *text = lab_node_is(node) == LAB_NODE_SCALAR ? lab_node_text(node) : "";
    *out = strtod(text, &end);
    if (*text && !*end && isfinite(*out)) return LAB_OK;
    return lab_node_fail(node, err, "%s: takes a number", name);
}

static lab_status take_metric(lab_stop_rule *rule, lab_node node, lab_error *err)
{
    const char *text = lab_node_is(node) == LAB_NODE_SCALAR ? lab_node_text(node) : "";
    const char *slash = strchr(text, '/');
    size_t split = slash ? (size_t)(slash - text) : 0;
    if (split == 0 || split >= sizeof rule->split || !slash[1] ||
        strlen(slash + 1) >= sizeof rule->metric)
        return lab_node_fail(node, err,
                             "metric: takes split/metric, as train/loss or val/loss_causal; a "
                             "curve's names are those of patchlaw show RUN");
    (void)snprintf(rule->split, sizeof rule->split, "%.*s", (int)split, text);
    (void)snprintf(rule->metric, sizeof rule->metric, "%s", slash + 1);
    return LAB_OK;
}

static lab_status take_among(lab_stop_rule *rule, lab_node node, lab_error *err)
{
    if (lab_node_is(node) != LAB_NODE_LIST)
        return lab_node_fail(node, err, "among: takes a list of keys, [model.width]");
    lab_text_clear(&rule->among);
    for (int i = 0; i < lab_node_count(node); i++) {
        lab_node item = lab_node_item(node, i);
        const char *name = lab_node_is(item) == LAB_NODE_SCALAR ? lab_node_text(item) : "";
        const char *near = lab_key_nearest(name);
        if (lab_key_find(name) == LAB_KEY_NONE)
            return lab_node_fail(item, err, "among: '%.60s' is no key%s%s", name,
                                 near ? "; did you mean " : "; patchlaw keys lists them",
                                 near ? near : "");
        lab_text_put(&rule->among, i == 0 ? "[" : ", ");
        lab_text_json(&rule->among, name);
    }
    lab_text_put(&rule->among, lab_node_count(node) > 0 ? "]" : "[]");
    return LAB_OK;
}

static lab_status take_better(lab_stop_rule *rule, lab_node node, lab_error *err)
{
    const char *text = lab_node_is(node) == LAB_NODE_SCALAR ? lab_node_text(node) : "";
    if (strcmp(text, "lower") != 0 && strcmp(text, "higher") != 0)
        return lab_node_fail(node, err, "better: takes lower or higher");
    rule->sign = strcmp(text, "lower") == 0 ? 1 : -1;
    return LAB_OK;
}

static lab_status take_field(lab_stop_rule *rule, lab_node key, lab_node value, lab_error *err)
{
    const char *name = lab_node_text(key);
    const char *const *known = fields[rule->kind];
    double number = 0;
    lab_text all = {0};
    for (; *known && strcmp(*known, name) != 0; known++) lab_text_add(&all, " %s", *known);
    lab_status status = LAB_OK;
    if (!*known)
        status = lab_node_fail(key, err, "%s takes no %.40s; it takes%s", kinds[rule->kind], name,
                               lab_text_of(&all));
    lab_text_finish(&all);
    if (status != LAB_OK) return status;
    if (strcmp(name, "metric") == 0) return take_metric(rule, value, err);
    if (strcmp(name, "among") == 0) return take_among(rule, value, err);
    if (strcmp(name, "better") == 0) return take_better(rule, value, err);
    status = take_number(value, name, &number, err);
    if (status != LAB_OK) return status;
    if (strcmp(name, "above") == 0) rule->above = number;
    if (strcmp(name, "below") == 0) rule->below = number;
    if (strcmp(name, "after") == 0) {
        rule->after = number;
        if (number < 0 || number > 1)
            return lab_node_fail(value, err, "after: takes a share of the steps, from 0 to 1");
    }
    if (strcmp(name, "least") == 0) {
        rule->least = number >= 1 && number <= 1e6 ? (int)number : 0;
        if (rule->least < 1 || rule->least != number)
            return lab_node_fail(value, err, "least: takes a whole number of runs, 1 or more");
    }
    return LAB_OK;
}

static lab_status read_rule(lab_stop_rule *rule, lab_node item, lab_error *err)
{
    bool single = lab_node_is(item) == LAB_NODE_MAPPING && lab_node_count(item) == 1;
    const char *name = single ? lab_node_text(lab_node_key(item, 0)) : "";
    size_t kind = 0;
    while (kind < sizeof kinds / sizeof *kinds && strcmp(kinds[kind], name) != 0) kind++;
    if (kind == sizeof kinds / sizeof *kinds)
        return lab_node_fail(item, err,
                             "stop: a rule is median: {...}, threshold: {...} or nonfinite: {...}");
    lab_node body = lab_node_value(item, 0);
    if (lab_node_is(body) != LAB_NODE_MAPPING)
        return lab_node_fail(body, err, "%s: takes {metric: split/metric, ...}", name);
    rule->kind = (lab_stop_kind)kind;
    rule->above = rule->below = (double)NAN;
    rule->least = 3;
    rule->sign = 1;
    lab_text_put(&rule->among, "[]");
    lab_status status = LAB_OK;
    for (int i = 0; status == LAB_OK && i < lab_node_count(body); i++) {
        lab_node key = lab_node_key(body, i);
        for (int j = 0; j < i; j++)
            if (strcmp(lab_node_text(lab_node_key(body, j)), lab_node_text(key)) == 0)
                return lab_node_fail(key, err, "%s: set twice", lab_node_text(key));
        status = take_field(rule, key, lab_node_value(body, i), err);
    }
    if (status == LAB_OK && !rule->metric[0])
        status = lab_node_fail(body, err, "%s: names no metric: split/metric", name);
    bool bounded = isfinite(rule->above) || isfinite(rule->below);
    if (status == LAB_OK && rule->kind == LAB_STOP_THRESHOLD && !bounded)
        status = lab_node_fail(body, err, "threshold: takes above, below or both");
    return status;
}

lab_status lab_stop_read(lab_stop *out, lab_node list, lab_error *err)
{
    if (lab_node_is(list) != LAB_NODE_LIST)
        return lab_node_fail(list, err, "stop: takes a list of rules, - median: {...}");
    lab_status status = LAB_OK;
    out->rules = lab_heap_take(lab_node_count(list) * (isize)sizeof *out->rules);
    for (int i = 0; status == LAB_OK && i < lab_node_count(list); i++)
        status = read_rule(&out->rules[out->count++], lab_node_item(list, i), err);
    return status;
}

void lab_stop_finish(lab_stop *stop)
{
    for (int i = 0; i < stop->count; i++) lab_text_finish(&stop->rules[i].among);
    lab_heap_free(stop->rules);
    *stop = (lab_stop){0};
}

/* ---- judging ---- */

static void say(const lab_stop_rule *rule, const lab_query *row, lab_text *reason)
{
    static const char *const words[] = {"finite", "nan", "inf", "-inf"};
    double value = lab_query_real(row, 1);
    lab_text_add(reason, "%s: %s/%s ", kinds[rule->kind], rule->split, rule->metric);
    switch (rule->kind) {
    case LAB_STOP_MEDIAN:
        lab_text_add(reason, "%.6g by step %lld is worse than the median %.6g of %lld other runs",
                     value, (long long)lab_query_int(row, 0), lab_query_real(row, 2),
                     (long long)lab_query_int(row, 3));
        break;
    case LAB_STOP_THRESHOLD:
        lab_text_add(reason, "%.6g at step %lld is %s %.6g", value,
                     (long long)lab_query_int(row, 0), value > rule->above ? "above" : "below",
                     value > rule->above ? rule->above : rule->below);
        break;
    case LAB_STOP_NONFINITE:
        lab_text_add(reason, "is %s at step %lld", words[lab_query_int(row, 1)],
                     (long long)lab_query_int(row, 0));
        break;
    }
}

static void bind(const lab_stop_rule *rule, lab_query *query, int64_t sweep_id, int64_t cell_id,
                 int64_t steps)
{
    lab_query_bind_int(query, ":cell_id", cell_id);
    lab_query_bind_text(query, ":split", rule->split);
    lab_query_bind_text(query, ":metric", rule->metric);
    lab_query_bind_real(query, ":after", rule->after * (double)steps);
    if (rule->kind == LAB_STOP_THRESHOLD) {
        lab_query_bind_real(query, ":above", rule->above);
        lab_query_bind_real(query, ":below", rule->below);
    }
    if (rule->kind != LAB_STOP_MEDIAN) return;
    lab_query_bind_int(query, ":sweep_id", sweep_id);
    lab_query_bind_int(query, ":sign", rule->sign);
    lab_query_bind_int(query, ":least", rule->least);
    lab_query_bind_text(query, ":among", lab_text_of(&rule->among));
}

lab_status lab_stop_judge(const lab_stop *stop, lab_ledger *ledger, int64_t sweep_id,
                          int64_t cell_id, int64_t steps, lab_text *reason, lab_error *err)
{
    static const char *const names[] = {"stop_median", "stop_threshold", "stop_nonfinite"};
    lab_status status = LAB_OK;
    bool row = false;
    for (int i = 0; status == LAB_OK && !row && i < stop->count; i++) {
        const lab_stop_rule *rule = &stop->rules[i];
        lab_query *query = NULL;
        status = lab_query_open(&query, ledger, "queries", names[rule->kind], err);
        if (status == LAB_OK) bind(rule, query, sweep_id, cell_id, steps);
        if (status == LAB_OK) status = lab_query_step(query, &row, err);
        if (status == LAB_OK && row) say(rule, query, reason);
        lab_query_close(&query);
    }
    return status;
}
