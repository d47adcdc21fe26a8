#include "config/key.h"
#include "base/nearest.h"
#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ROW(type, field, name, task, unit, fallback, min, max, choices, help)                      \
    {LAB_TYPE_##type,                                                                              \
     name,                                                                                         \
     (lab_task)(WIRE_##task & WIRE_BOTH),                                                          \
     (WIRE_##task & WIRE_OPTIONAL) != 0,                                                           \
     unit,                                                                                         \
     fallback,                                                                                     \
     min,                                                                                          \
     max,                                                                                          \
     choices,                                                                                      \
     help},
static const lab_key keys[LAB_KEY_COUNT] = {WIRE_KEYS(ROW)};
#undef ROW

const lab_key *lab_key_at(lab_key_id id)
{
    LAB_ASSERT(id >= 0 && id < LAB_KEY_COUNT);
    return &keys[id];
}

lab_key_id lab_key_find(const char *name)
{
    for (int i = 0; i < LAB_KEY_COUNT; i++)
        if (strcmp(keys[i].name, name) == 0) return (lab_key_id)i;
    return LAB_KEY_NONE;
}

static int by_name(const void *a, const void *b)
{
    return strcmp(keys[*(const lab_key_id *)a].name, keys[*(const lab_key_id *)b].name);
}

lab_key_id lab_key_sorted(int i)
{
    static lab_key_id order[LAB_KEY_COUNT];
    static bool sorted = false;
    LAB_ASSERT(i >= 0 && i < LAB_KEY_COUNT);
    for (int k = 0; !sorted && k < LAB_KEY_COUNT; k++) order[k] = (lab_key_id)k;
    if (!sorted) qsort(order, LAB_KEY_COUNT, sizeof *order, by_name);
    sorted = true;
    return order[i];
}

/* ---- the nearest name ---- */

const char *lab_key_nearest(const char *name)
{
    const char *nearest = NULL;
    int best = lab_nearest_to(name).distance;
    for (int i = 0; i < LAB_KEY_COUNT; i++) {
        const char *dot = strchr(keys[i].name, '.');
        int distance = lab_nearest_distance(name, keys[i].name);
        /* A name without its section counts as one edit. */
        int without = dot ? 1 + lab_nearest_distance(name, dot + 1) : distance;
        if (without < distance) distance = without;
        if (distance >= best) continue;
        best = distance;
        nearest = keys[i].name;
    }
    return nearest;
}

/* ---- values ---- */

/* Small whole numbers as people write them, 100 and not 1e+02. */
static void put_bound(double bound, lab_text *text)
{
    if (bound == floor(bound) && fabs(bound) < 1e6)
        lab_text_add(text, "%.0f", bound);
    else
        lab_text_put(text, lab_short_real(bound).text);
}

void lab_key_describe(const lab_key *key, lab_text *text)
{
    switch (key->type) {
    case LAB_TYPE_FLAG:
        lab_text_put(text, "true or false");
        return;
    case LAB_TYPE_TEXT:
        lab_text_put(text, "letters, digits and . _ / - only, shorter than 128");
        return;
    case LAB_TYPE_CHOICE:
        lab_text_add(text, "one of %s", key->choices);
        return;
    case LAB_TYPE_INT:
        lab_text_put(text, "an integer");
        break;
    case LAB_TYPE_REAL:
        lab_text_put(text, "a number");
        break;
    case LAB_TYPE_REALS:
        lab_text_add(text, "a list of 1 to %d different numbers, each", WIRE_REALS_MAX);
        break;
    }
    lab_text_put(text, " from ");
    put_bound(key->min, text);
    lab_text_put(text, " to ");
    put_bound(key->max, text);
    if (*key->unit) lab_text_add(text, " (%s)", key->unit);
}

static lab_status refuse(const lab_key *key, const char *words, const char *why, lab_error *err)
{
    lab_text wanted = {0};
    lab_key_describe(key, &wanted);
    lab_status status = lab_fail(err, LAB_ERR_CONFIG, "%s: '%.80s' %s; it takes %s", key->name,
                                 words, why, lab_text_of(&wanted));
    lab_text_finish(&wanted);
    return status;
}

/* Reads a decimal number at *words and moves behind it: [+-] digits [. digits] [e [+-] digits].
 * No leading zeros (010 would be eight to some), no hex, no nan, no inf. */
static bool read_number(const char **words, double *value)
{
    const char *start = *words, *c = start + (*start == '-' || *start == '+');
    const char *digits = c;
    while (isdigit((unsigned char)*c)) c++;
    if (c == digits || (*digits == '0' && c > digits + 1)) return false;
    if (*c == '.') {
        const char *fraction = ++c;
        while (isdigit((unsigned char)*c)) c++;
        if (c == fraction) return false;
    }
    if (*c == 'e' || *c == 'E') {
        c += 1 + (c[1] == '-' || c[1] == '+');
        const char *power = c;
        while (isdigit((unsigned char)*c)) c++;
        if (c == power) return false;
    }
    *value = strtod(start, NULL);
    if (*value == 0) *value = 0; /* no -0: it would be another spelling of the same config */
    *words = c;
    return true;
}

static lab_status parse_number(const lab_key *key, const char *words, char *out, lab_error *err)
{
    const char *rest = words;
    double value = 0;
    bool whole = key->type == LAB_TYPE_INT;
    if (!read_number(&rest, &value) || *rest)
        return refuse(key, words, whole ? "is not an integer" : "is not a number", err);
    if (whole && (value != floor(value) || !isfinite(value)))
        return refuse(key, words, "is not a whole number", err);
    if (!(value >= key->min && value <= key->max))
        return refuse(key, words, "is out of range", err);
    if (whole)
        (void)snprintf(out, LAB_VALUE_MAX, "%.0f", value);
    else
        (void)snprintf(out, LAB_VALUE_MAX, "%s", lab_short_real(value).text);
    return LAB_OK;
}

static lab_status parse_numbers(const lab_key *key, const char *words, char *out, lab_error *err)
{
    double values[WIRE_REALS_MAX];
    int count = 0, used = 0;
    const char *c = words;
    bool bracket = *c == '[';
    c += bracket;
    for (;;) {
        while (*c == ' ') c++;
        if (count == WIRE_REALS_MAX) return refuse(key, words, "is too long", err);
        if (!read_number(&c, &values[count])) return refuse(key, words, "is not a list", err);
        if (!(values[count] >= key->min && values[count] <= key->max))
            return refuse(key, words, "holds a number that is out of range", err);
        for (int i = 0; i < count; i++)
            if (values[i] == values[count]) return refuse(key, words, "holds a number twice", err);
        count++;
        while (*c == ' ') c++;
        if (*c != ',') break;
        c++;
    }
    if (bracket && *c++ != ']') return refuse(key, words, "is not a list", err);
    if (*c) return refuse(key, words, "is not a list", err);
    for (int i = 0; i < count; i++)
        used += snprintf(out + used, LAB_VALUE_MAX - (size_t)used, "%s%s", i == 0 ? "[" : ", ",
                         lab_short_real(values[i]).text);
    (void)snprintf(out + used, LAB_VALUE_MAX - (size_t)used, "]");
    return LAB_OK;
}

static lab_status parse_text(const lab_key *key, const char *words, char *out, lab_error *err)
{
    if (strcmp(words, "") == 0 || strcmp(words, "\"\"") == 0) {
        (void)snprintf(out, LAB_VALUE_MAX, "\"\"");
        return LAB_OK;
    }
    size_t length = strlen(words);
    for (const char *c = words; *c; c++)
        if (!isalnum((unsigned char)*c) && !strchr("._/-", *c))
            return refuse(key, words, "holds another character", err);
    if (length >= WIRE_TEXT_MAX) return refuse(key, words, "is too long", err);
    (void)snprintf(out, LAB_VALUE_MAX, "%s", words);
    return LAB_OK;
}

static lab_status parse_choice(const lab_key *key, const char *words, char *out, lab_error *err)
{
    size_t length = strlen(words);
    for (const char *choice = key->choices; *choice;) {
        size_t bytes = strcspn(choice, "|");
        if (bytes == length && strncmp(choice, words, bytes) == 0) {
            (void)snprintf(out, LAB_VALUE_MAX, "%s", words);
            return LAB_OK;
        }
        choice += bytes + (choice[bytes] == '|');
    }
    return refuse(key, words, "is no choice", err);
}

static lab_status parse_flag(const lab_key *key, const char *words, char *out, lab_error *err)
{
    bool yes = strcasecmp(words, "true") == 0 || strcasecmp(words, "yes") == 0;
    if (!yes && strcasecmp(words, "false") != 0 && strcasecmp(words, "no") != 0)
        return refuse(key, words, "is neither", err);
    (void)snprintf(out, LAB_VALUE_MAX, "%s", yes ? "true" : "false");
    return LAB_OK;
}

lab_status lab_key_parse(const lab_key *key, const char *words, char out[LAB_VALUE_MAX],
                         lab_error *err)
{
    switch (key->type) {
    case LAB_TYPE_INT:
    case LAB_TYPE_REAL:
        return parse_number(key, words, out, err);
    case LAB_TYPE_REALS:
        return parse_numbers(key, words, out, err);
    case LAB_TYPE_FLAG:
        return parse_flag(key, words, out, err);
    case LAB_TYPE_CHOICE:
        return parse_choice(key, words, out, err);
    case LAB_TYPE_TEXT:
        return parse_text(key, words, out, err);
    }
    lab_assert_fail("every type has its parser", __FILE__, __LINE__);
}
