#include "fetch/json_text.h"
#include "data/json.h"
#include <string.h>

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
    for (int i = 0; i < 4; i++)
        unit = unit << 4 | (unsigned long)vt_hex_value((unsigned char)four[i]);
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
    else if (bare && vt_json_skip(text, end, VT_JSON_STRICT, &fault) == end)
        vt_text_put(out, text, bytes);
    else
        vt_json_put(out, text, bytes);
}
