#include "data/columns.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 32, NUMBER_BYTES = 64 };

typedef struct {
    const char *at, *end;
} text; /* what is left to be read */

/* ---- passing over JSON ---- */

static void blank(text *t)
{
    while (t->at < t->end && (*t->at == ' ' || *t->at == '\t' || *t->at == '\n' || *t->at == '\r'))
        t->at++;
}

static int take(text *t, char c)
{
    blank(t);
    if (t->at == t->end || *t->at != c) return 0;
    t->at++;
    return 1;
}

static int pass_string(text *t)
{
    if (!take(t, '"')) return 0;
    for (; t->at < t->end; t->at++) {
        unsigned char c = (unsigned char)*t->at;
        if (c == '"') {
            t->at++;
            return 1;
        }
        if (c < 32) return 0;
        if (c == '\\' && ++t->at == t->end) return 0;
    }
    return 0;
}

static int pass_word(text *t)
{
    static const char *const words[] = {"true", "false", "null", "NaN", "Infinity", "-Infinity"};
    for (int i = 0; i < (int)(sizeof words / sizeof *words); i++) {
        size_t length = strlen(words[i]);
        if ((size_t)(t->end - t->at) < length || memcmp(t->at, words[i], length) != 0) continue;
        t->at += length;
        return 1;
    }
    return 0;
}

/* A finite number; strtod would take more than JSON has, and needs an end. */
static int read_number(text *t, double *value)
{
    char digits[NUMBER_BYTES], *stop = NULL;
    isize count = 0;
    blank(t);
    while (t->at + count < t->end && count < NUMBER_BYTES - 1 && t->at[count] &&
           strchr("+-.0123456789eE", t->at[count]))
        count++;
    memcpy(digits, t->at, (size_t)count);
    digits[count] = '\0';
    if (digits[0] != '-' && (digits[0] < '0' || digits[0] > '9')) return 0;
    *value = strtod(digits, &stop);
    if (stop != digits + count || !isfinite(*value)) return 0;
    t->at += count;
    return 1;
}

/* Arrays and objects nest; a list of what is open stands in for recursion. */
static int pass_value(text *t)
{
    char open[DEPTH_MAX];
    int depth = 0;
    double ignored = 0;
    for (;;) {
        blank(t);
        if (t->at == t->end) return 0;
        char c = *t->at;
        if (c == '[' || c == '{') {
            if (depth == DEPTH_MAX) return 0;
            open[depth++] = c;
            t->at++;
            if (!take(t, c == '[' ? ']' : '}')) {
                if (c == '{' && !(pass_string(t) && take(t, ':'))) return 0;
                continue;
            }
            depth--;
        } else if (!(c == '"' ? pass_string(t) : pass_word(t) || read_number(t, &ignored))) {
            return 0;
        }
        while (depth > 0 && !take(t, ',')) /* a value is behind us: what it ends ends, too */
            if (!take(t, open[--depth] == '[' ? ']' : '}')) return 0;
        if (depth == 0) return 1;
        if (open[depth - 1] == '{' && !(pass_string(t) && take(t, ':'))) return 0;
    }
}

int vt_columns_valid(const vt_columns *columns)
{
    text t = {columns->json, columns->json + columns->bytes};
    if (columns->bytes > VT_COLUMNS_BYTES_MAX) return 0;
    blank(&t);
    if (t.at == t.end || *t.at != '{' || !pass_value(&t)) return 0;
    blank(&t);
    return t.at == t.end;
}

/* ---- columns ---- */

/* The value of a column, quotes of a text included; 0: absent, or null. */
static int find(text *value, const vt_columns *columns, const char *name)
{
    size_t length = strlen(name);
    if (!columns->json) return 0;
    text t = {columns->json, columns->json + columns->bytes};
    if (!take(&t, '{')) return 0;
    do {
        blank(&t);
        const char *key = t.at + 1;
        if (!pass_string(&t)) return 0;
        int same = (size_t)(t.at - 1 - key) == length && memcmp(key, name, length) == 0;
        if (!take(&t, ':')) return 0;
        blank(&t);
        value->at = t.at;
        if (!pass_value(&t)) return 0;
        value->end = t.at;
        if (same) return *value->at != 'n' && *value->at != 'N';
    } while (take(&t, ','));
    return 0;
}

static void unquote(text *value)
{
    if (*value->at != '"') return;
    value->at++;
    value->end--;
}

vt_column_found vt_columns_real(const vt_columns *columns, const char *name, double *value)
{
    text t;
    if (!find(&t, columns, name)) return VT_COLUMN_ABSENT;
    unquote(&t);
    if (!read_number(&t, value)) return VT_COLUMN_WRONG;
    blank(&t);
    return t.at == t.end ? VT_COLUMN_FOUND : VT_COLUMN_WRONG;
}

vt_column_found vt_columns_text(const vt_columns *columns, const char *name, char *out, isize room)
{
    text t;
    if (!find(&t, columns, name)) return VT_COLUMN_ABSENT;
    if (*t.at == '[' || *t.at == '{') return VT_COLUMN_WRONG;
    unquote(&t);
    isize bytes = vt_min(t.end - t.at, room - 1);
    memcpy(out, t.at, (size_t)bytes);
    out[bytes] = '\0';
    return VT_COLUMN_FOUND;
}

static int read_box(text *t, vt_columns_box *box)
{
    return take(t, '[') && read_number(t, &box->left) && take(t, ',') &&
           read_number(t, &box->top) && take(t, ',') && read_number(t, &box->right) &&
           take(t, ',') && read_number(t, &box->bottom) && take(t, ']') &&
           box->left <= box->right && box->top <= box->bottom;
}

vt_column_found vt_columns_boxes(const vt_columns *columns, const char *name,
                                 vt_columns_box boxes[VT_COLUMNS_BOXES_MAX], isize *count)
{
    text t;
    *count = 0;
    if (!find(&t, columns, name)) return VT_COLUMN_ABSENT;
    unquote(&t);
    if (!take(&t, '[')) return VT_COLUMN_WRONG;
    if (!take(&t, ']')) {
        do {
            if (*count == VT_COLUMNS_BOXES_MAX || !read_box(&t, boxes + *count))
                return VT_COLUMN_WRONG;
            ++*count;
        } while (take(&t, ','));
        if (!take(&t, ']')) return VT_COLUMN_WRONG;
    }
    blank(&t);
    return t.at == t.end ? VT_COLUMN_FOUND : VT_COLUMN_WRONG;
}
