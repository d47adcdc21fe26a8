#include "fetch/json.h"
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

/* ---- reading ---- */

typedef struct {
    const char *at, *end;
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

static int hex_value(int c)
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
        if (hex_value(here(r)) < 0) return 0;
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
        isize length = vt_utf8_length(r->at, r->end - r->at);
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
    return take_word(r, "true") || take_word(r, "false") || take_word(r, "null") || take_number(r);
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

const char *vt_json_skip(const char *at, const char *end, const char **fault)
{
    reader r = {at, end};
    if (take_value(&r)) return r.at;
    *fault = r.at;
    return NULL;
}

/* ---- strings ---- */

static void put_utf8(vt_text *out, unsigned long c)
{
    static const unsigned char first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    char bytes[4];
    isize count = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
    for (isize i = count - 1; i > 0; i--, c >>= 6) bytes[i] = (char)(0x80 | (c & 0x3f));
    bytes[0] = (char)(first[count] | c);
    vt_text_put(out, bytes, count);
}

static unsigned long unit_of(const char *four)
{
    unsigned long unit = 0;
    for (int i = 0; i < 4; i++) unit = unit << 4 | (unsigned long)hex_value((unsigned char)four[i]);
    return unit;
}

/* at: behind \u. Gives how many bytes were read. */
static isize decode_unit(vt_text *out, const char *at, isize room, int *good)
{
    unsigned long c = unit_of(at);
    isize read = 4;
    if (c >= 0xd800 && c < 0xdc00 && room >= 10 && at[4] == '\\' && at[5] == 'u') {
        unsigned long low = unit_of(at + 6);
        if (low >= 0xdc00 && low < 0xe000) {
            c = 0x10000 + ((c - 0xd800) << 10) + (low - 0xdc00);
            read = 10;
        }
    }
    if (c == 0) *good = 0;
    put_utf8(out, c >= 0xd800 && c < 0xe000 ? 0xfffd : c);
    return read;
}

int vt_json_decode(vt_text *out, const char *string, isize bytes)
{
    static const char kinds[] = "bfnrt", stand_for[] = "\b\f\n\r\t";
    const char *at = string + 1, *end = string + bytes - 1;
    int good = 1;
    while (at < end) {
        const char *from = at;
        while (at < end && *at != '\\') at++;
        vt_text_put(out, from, at - from);
        if (at == end) break;
        char kind = at[1];
        at += 2;
        const char *known = strchr(kinds, kind);
        if (kind == 'u')
            at += decode_unit(out, at, end - at, &good);
        else
            vt_text_put(out, known ? &stand_for[known - kinds] : &kind, 1);
    }
    vt_text_put(out, "", 1);
    return good;
}

void vt_json_put(vt_text *out, const char *text, isize bytes)
{
    vt_text_put(out, "\"", 1);
    for (isize i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 32)
            vt_text_format(out, "\\u%04x", c);
        else if (c == '"' || c == '\\')
            vt_text_format(out, "\\%c", c);
        else
            vt_text_put(out, text + i, 1);
    }
    vt_text_put(out, "\"", 1);
}

void vt_json_put_field(vt_text *out, const char *text, isize bytes)
{
    const char *fault = NULL, *end = text + bytes;
    int bare = bytes > 0 && (*text == '[' || *text == '-' || (*text >= '0' && *text <= '9'));
    if (bytes == 0)
        vt_text_put(out, "null", 4);
    else if (bare && vt_json_skip(text, end, &fault) == end)
        vt_text_put(out, text, bytes);
    else
        vt_json_put(out, text, bytes);
}
