#include "data/json.h"
#include <string.h>

enum { DEPTH_MAX = 64 };

isize vt_utf8_length(const char *text, isize bytes)
{
    const unsigned char *c = (const unsigned char *)text;
    if (bytes < 1) return 0;
    if (c[0] < 0x80) return 1;
    isize length = c[0] >= 0xf0 ? 4 : c[0] >= 0xe0 ? 3 : 2;
    if (c[0] < 0xc2 || c[0] > 0xf4 || length > bytes) return 0;
    for (isize i = 1; i < length; i++)
        if ((c[i] & 0xc0) != 0x80) return 0;
    /* No longer than need be, no surrogate, nothing above U+10FFFF. */
    if ((c[0] == 0xe0 && c[1] < 0xa0) || (c[0] == 0xed && c[1] > 0x9f)) return 0;
    if ((c[0] == 0xf0 && c[1] < 0x90) || (c[0] == 0xf4 && c[1] > 0x8f)) return 0;
    return length;
}

typedef struct {
    const char *at, *end;
    vt_json_kind kind;
} reader;

static int here(const reader *r)
{
    return r->at < r->end ? (unsigned char)*r->at : -1;
}

static int take(reader *r, const char *set)
{
    int c = here(r);
    if (c <= 0 || !strchr(set, c)) return 0;
    r->at++;
    return 1;
}

static int take_word(reader *r, const char *word)
{
    isize length = (isize)strlen(word);
    if (r->end - r->at < length || memcmp(r->at, word, (size_t)length) != 0) return 0;
    r->at += length;
    return 1;
}

/* What Python writes of floats that are none. */
static int take_no_number(reader *r)
{
    if (r->kind != VT_JSON_LOOSE) return 0;
    return take_word(r, "NaN") || take_word(r, "Infinity") || take_word(r, "-Infinity");
}

static int take_digits(reader *r)
{
    const char *from = r->at;
    while (here(r) >= '0' && here(r) <= '9') r->at++;
    return r->at > from;
}

static int take_number(reader *r)
{
    (void)take(r, "-");
    if (!take(r, "0") && !take_digits(r)) return 0;
    if (take(r, ".") && !take_digits(r)) return 0;
    if (take(r, "eE")) {
        (void)take(r, "+-");
        return take_digits(r);
    }
    return 1;
}

int vt_hex_value(int c)
{
    return c >= '0' && c <= '9'   ? c - '0'
           : c >= 'a' && c <= 'f' ? c - 'a' + 10
           : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                  : -1;
}

static int take_escape(reader *r)
{
    if (take(r, "\"\\/bfnrt")) return 1;
    if (!take(r, "u")) return 0;
    for (int i = 0; i < 4; i++, r->at++)
        if (vt_hex_value(here(r)) < 0) return 0;
    return 1;
}

static int take_string(reader *r)
{
    if (!take(r, "\"")) return 0;
    for (int c = here(r); c >= 32; c = here(r)) {
        if (take(r, "\"")) return 1;
        if (take(r, "\\")) {
            if (!take_escape(r)) return 0;
            continue;
        }
        isize length = r->kind == VT_JSON_LOOSE ? 1 : vt_utf8_length(r->at, r->end - r->at);
        if (length == 0) return 0;
        r->at += length;
    }
    return 0;
}

const char *vt_json_blank(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\t' || *at == '\r' || *at == '\n')) at++;
    return at;
}

static void blank(reader *r)
{
    r->at = vt_json_blank(r->at, r->end);
}

/* What begins a value: a scalar whole, or the bracket of a container, *close its end. */
static int take_begin(reader *r, char *close)
{
    *close = 0;
    if (take(r, "[")) *close = ']';
    if (!*close && take(r, "{")) *close = '}';
    if (*close) return 1;
    if (here(r) == '"') return take_string(r);
    return take_word(r, "true") || take_word(r, "false") || take_word(r, "null") ||
           take_no_number(r) || take_number(r);
}

static int take_name(reader *r, char container)
{
    blank(r);
    if (container != '}') return 1;
    if (!take_string(r)) return 0;
    blank(r);
    if (!take(r, ":")) return 0;
    blank(r);
    return 1;
}

/* open is the stack of containers, by what ends them. */
static int take_value(reader *r)
{
    char open[DEPTH_MAX + 1];
    int depth = 0;
    for (;;) {
        char close = 0;
        if (!take_begin(r, &close)) return 0;
        if (close) {
            if (depth == DEPTH_MAX) return 0;
            open[depth++] = close;
            blank(r);
            if (here(r) != close) {
                if (!take_name(r, close)) return 0;
                continue;
            }
        }
        for (;;) {
            if (depth == 0) return 1;
            const char end[2] = {open[depth - 1], 0};
            blank(r);
            if (take(r, end))
                depth--;
            else if (take(r, ","))
                break;
            else
                return 0;
        }
        if (!take_name(r, open[depth - 1])) return 0;
    }
}

const char *vt_json_skip(const char *at, const char *end, vt_json_kind kind, const char **fault)
{
    reader r = {at, end, kind};
    if (take_value(&r)) return r.at;
    *fault = r.at;
    return NULL;
}
