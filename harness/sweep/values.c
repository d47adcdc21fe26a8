#include "sweep/values.h"
#include "base/heap.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { COUNT_MAX = 10000 };
static const char how[] = "a range is {linspace: [first, last, count]}, {logspace: [first, last, "
                          "count]} or {range: [first, last, step]}, ends included";

static lab_key number_named(const char *name)
{
    return (lab_key){.type = LAB_TYPE_REAL, .name = name, .unit = "", .min = -1e300, .max = 1e300};
}

lab_short lab_value_number(lab_key_type type, double value)
{
    lab_short out;
    char digits[32];
    if (type == LAB_TYPE_INT) {
        double whole = round(value);
        (void)snprintf(out.text, sizeof out.text, "%.0f", whole == 0 ? 0 : whole);
        return out;
    }
    (void)snprintf(digits, sizeof digits, "%.12g", value);
    return lab_short_real(strtod(digits, NULL));
}

static lab_status parse(lab_value *out, const lab_key *key, const char *words, lab_node at,
                        lab_error *err)
{
    char text[LAB_VALUE_MAX];
    lab_text place = {0};
    lab_node_place(at, &place);
    lab_status status = lab_key_parse(key, words, text, err);
    if (status == LAB_OK)
        *out = lab_value_of(text, lab_text_of(&place));
    else
        lab_error_context(err, "%s", lab_text_of(&place));
    lab_text_finish(&place);
    return status;
}

static lab_status read_number(double *out, const char *name, lab_node node, lab_error *err)
{
    lab_value value;
    lab_key key = number_named(name);
    if (lab_node_is(node) != LAB_NODE_SCALAR)
        return lab_node_fail(node, err, "%s: a number is wanted here", name);
    lab_status status = parse(&value, &key, lab_node_text(node), node, err);
    if (status == LAB_OK) *out = strtod(value.text, NULL);
    return status;
}

static lab_status read_item(lab_value *out, lab_key_id id, const char *name, lab_node item,
                            lab_error *err)
{
    lab_config scratch;
    lab_key key = number_named(name);
    if (id == LAB_KEY_NONE && lab_node_is(item) != LAB_NODE_SCALAR)
        return lab_node_fail(item, err, "%s: a number is wanted here", name);
    if (id == LAB_KEY_NONE) return parse(out, &key, lab_node_text(item), item, err);
    lab_status status = lab_config_set_node(&scratch, id, item, err);
    if (status == LAB_OK) *out = scratch.values[id];
    return status;
}

/* ---- ranges ---- */

typedef struct {
    const char *name; /* linspace, logspace or range */
    double first, last, third;
    int count;
} range;

static lab_status range_check(range *r, lab_node node, lab_error *err)
{
    bool counted = strcmp(r->name, "range") != 0;
    if (counted && !(r->third >= 2 && r->third <= COUNT_MAX && r->third == floor(r->third)))
        return lab_node_fail(node, err,
                             "%s: [first, last, count] takes a count from 2 to %d, not %s", r->name,
                             COUNT_MAX, lab_short_real(r->third).text);
    if (strcmp(r->name, "logspace") == 0 && !(r->first > 0 && r->last > 0))
        return lab_node_fail(node, err,
                             "logspace: [first, last, count] takes the ends themselves, above 0 "
                             "(1e-4, and not its exponent -4)");
    if (counted) {
        r->count = (int)r->third;
        return LAB_OK;
    }
    double steps = (r->last - r->first) / r->third;
    if (!(steps >= 0))
        return lab_node_fail(node, err,
                             "range: steps of %s never come from %s to %s; it takes "
                             "[first, last, step], the last included",
                             lab_short_real(r->third).text, lab_short_real(r->first).text,
                             lab_short_real(r->last).text);
    if (!(steps < COUNT_MAX))
        return lab_node_fail(node, err, "range: [first, last, step] gives more than %d values",
                             COUNT_MAX);
    r->count = 1 + (int)floor(steps + 1e-9);
    return LAB_OK;
}

static lab_status range_read(range *r, const lab_key *key, lab_node node, lab_error *err)
{
    static const char *const names[] = {"linspace", "logspace", "range"};
    if (lab_node_count(node) != 1)
        return lab_node_fail(node, err, "%s: takes a list or one range; %s", key->name, how);
    for (int i = 0; i < 3; i++)
        if (strcmp(lab_node_text(lab_node_key(node, 0)), names[i]) == 0) r->name = names[i];
    if (!r->name)
        return lab_node_fail(lab_node_key(node, 0), err, "%s: '%.40s' is no range; %s", key->name,
                             lab_node_text(lab_node_key(node, 0)), how);
    lab_node three = lab_node_value(node, 0);
    if (lab_node_is(three) != LAB_NODE_LIST || lab_node_count(three) != 3)
        return lab_node_fail(three, err, "%s: takes three numbers; %s", r->name, how);
    if (key->type != LAB_TYPE_INT && key->type != LAB_TYPE_REAL)
        return lab_node_fail(node, err, "%s: is no number, so takes a list, [a, b], and no range",
                             key->name);
    lab_status status = read_number(&r->first, r->name, lab_node_item(three, 0), err);
    if (status == LAB_OK) status = read_number(&r->last, r->name, lab_node_item(three, 1), err);
    if (status == LAB_OK) status = read_number(&r->third, r->name, lab_node_item(three, 2), err);
    return status == LAB_OK ? range_check(r, node, err) : status;
}

static double range_at(const range *r, int i)
{
    double share = r->count > 1 ? (double)i / (r->count - 1) : 0;
    if (strcmp(r->name, "range") == 0) return r->first + i * r->third;
    if (i == 0) return r->first;
    if (i == r->count - 1) return r->last;
    if (strcmp(r->name, "linspace") == 0) return r->first + share * (r->last - r->first);
    return r->first * pow(r->last / r->first, share);
}

static lab_status read_range(lab_values *out, const lab_key *key, lab_node node, bool twice,
                             lab_error *err)
{
    range r = {0};
    lab_status status = range_read(&r, key, node, err);
    if (status != LAB_OK) return status;
    out->items = lab_heap_take(r.count * (isize)sizeof *out->items);
    for (int i = 0; status == LAB_OK && i < r.count; i++) {
        lab_value *value = &out->items[out->count];
        status = parse(value, key, lab_value_number(key->type, range_at(&r, i)).text, node, err);
        bool same = status == LAB_OK && out->count > 0 && strcmp(value[-1].text, value->text) == 0;
        out->count += twice || !same;
    }
    return status;
}

/* ---- lists ---- */

lab_status lab_values_read(lab_values *out, lab_key_id id, const char *name, lab_node node,
                           bool twice, lab_error *err)
{
    lab_key own = number_named(name);
    lab_status status = LAB_OK;
    *out = (lab_values){0};
    if (lab_node_is(node) == LAB_NODE_MAPPING)
        return read_range(out, id == LAB_KEY_NONE ? &own : lab_key_at(id), node, twice, err);
    if (lab_node_is(node) != LAB_NODE_LIST || lab_node_count(node) == 0)
        return lab_node_fail(node, err,
                             "%s: takes a list of values, [a, b], or a range, "
                             "{linspace: [first, last, count]}",
                             name);
    out->items = lab_heap_take(lab_node_count(node) * (isize)sizeof *out->items);
    for (; status == LAB_OK && out->count < lab_node_count(node); out->count++)
        status = read_item(&out->items[out->count], id, name, lab_node_item(node, out->count), err);
    return status;
}

lab_status lab_values_numbers(lab_values *out, const char *name, lab_node node, lab_error *err)
{
    if (lab_node_is(node) != LAB_NODE_SCALAR)
        return lab_values_read(out, LAB_KEY_NONE, name, node, false, err);
    *out = (lab_values){lab_heap_take(sizeof *out->items), 1};
    return read_item(out->items, LAB_KEY_NONE, name, node, err);
}

void lab_values_finish(lab_values *values)
{
    lab_heap_free(values->items);
    *values = (lab_values){0};
}
