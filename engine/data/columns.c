#include "data/columns.h"
#include "data/json.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES = 64 };

typedef struct {
    const char *at, *end;
} text; /* what is left to be read */

static void blank(text *t)
{
    t->at = vt_json_blank(t->at, t->end);
}

static int take(text *t, char c)
{
    blank(t);
    if (t->at == t->end || *t->at != c) return 0;
    t->at++;
    return 1;
}

static int pass_value(text *t)
{
    const char *fault = NULL, *end = vt_json_skip(t->at, t->end, VT_JSON_LOOSE, &fault);
    if (end) t->at = end;
    return end != NULL;
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

int vt_columns_valid(const vt_columns *columns)
{
    text t = {columns->json, columns->json + columns->bytes};
    if (columns->bytes > VT_COLUMNS_BYTES_MAX) return 0;
    blank(&t);
    if (t.at == t.end || *t.at != '{' || !pass_value(&t)) return 0;
    blank(&t);
    return t.at == t.end;
}

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
        if (t.at == t.end || *t.at != '"' || !pass_value(&t)) return 0;
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
