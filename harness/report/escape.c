#include "report/escape.h"
#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define REPLACEMENT "\xEF\xBF\xBD"

/* Bytes of the UTF-8 character at text, which is not empty, or 0 where there is none: a stray or
 * missing continuation, an overlong form, a surrogate, U+FFFE, U+FFFF or beyond U+10FFFF. */
static int character(const char *text)
{
    const unsigned char *byte = (const unsigned char *)text;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    int bytes = byte[0] < 0x80   ? 1
                : byte[0] < 0xC0 ? 0
                : byte[0] < 0xE0 ? 2
                : byte[0] < 0xF0 ? 3
                                 : 4;
    if (bytes < 2) return bytes;
    if (byte[0] > 0xF4) return 0;
    uint32_t code = byte[0] & (0xFFu >> (bytes + 1));
    for (int i = 1; i < bytes; i++) {
        if ((byte[i] & 0xC0) != 0x80) return 0;
        code = code << 6 | (byte[i] & 0x3F);
    }
    int surrogate = code >= 0xD800 && code < 0xE000;
    int hollow = (code & 0xFFFE) == 0xFFFE;
    return code < least[bytes] || surrogate || hollow || code > 0x10FFFF ? 0 : bytes;
}

/* One plain character in a language's spelling, or NULL where it may stand as it is. */
typedef const char *spelling(char c, char own[8]);

static void write_escaped(lab_text *out, const char *text, spelling *spell)
{
    char own[8];
    while (text && *text) {
        int bytes = character(text);
        const char *instead = bytes == 1 ? spell(*text, own) : bytes == 0 ? REPLACEMENT : NULL;
        if (instead)
            lab_text_put(out, instead);
        else
            lab_text_bytes(out, text, bytes);
        text += bytes ? bytes : 1;
    }
}

static int control(char c)
{
    return (unsigned char)c < 0x20 || c == 0x7F;
}

static const char *spell_html(char c, char own[8])
{
    (void)own;
    switch (c) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    case '\n':
    case '\t':
        return NULL;
    default:
        return control(c) ? REPLACEMENT : NULL;
    }
}

static const char *spell_json(char c, char own[8])
{
    if (!control(c) && !strchr("\"\\<>&'", c)) return NULL;
    (void)snprintf(own, 8, "\\u%04x", (unsigned)(unsigned char)c);
    return own;
}

static const char *spell_markdown(char c, char own[8])
{
    if (c == '\n' || c == '\t' || c == '\r') return " ";
    if (control(c)) return REPLACEMENT;
    if (!strchr("\\`*_[]<>|~&#$", c)) return NULL;
    (void)snprintf(own, 8, "\\%c", c);
    return own;
}

void lab_escape_html(lab_text *out, const char *text)
{
    write_escaped(out, text, spell_html);
}

void lab_escape_json(lab_text *out, const char *text)
{
    if (!text) {
        lab_text_put(out, "null");
        return;
    }
    lab_text_put(out, "\"");
    write_escaped(out, text, spell_json);
    lab_text_put(out, "\"");
}

void lab_escape_markdown(lab_text *out, const char *text)
{
    write_escaped(out, text, spell_markdown);
}

void lab_escape_url(lab_text *out, const char *text)
{
    for (; text && *text; text++)
        if (((unsigned char)*text < 0x80 && isalnum((unsigned char)*text)) || strchr("-._~", *text))
            lab_text_bytes(out, text, 1);
        else
            lab_text_add(out, "%%%02X", (unsigned)(unsigned char)*text);
}

static const char *spell_verbatim(char c, char own[8])
{
    (void)own;
    return c != '\n' && c != '\t' && control(c) ? REPLACEMENT : NULL;
}

void lab_escape_markdown_block(lab_text *out, const char *language, const char *text)
{
    int longest = 2, length = 0;
    for (const char *at = text; *at; at++) {
        length = *at == '`' ? length + 1 : 0;
        if (length > longest) longest = length;
    }
    for (int i = 0; i <= longest; i++) lab_text_put(out, "`");
    lab_text_add(out, "%s\n", language);
    write_escaped(out, text, spell_verbatim);
    if (*text && text[strlen(text) - 1] != '\n') lab_text_put(out, "\n");
    for (int i = 0; i <= longest; i++) lab_text_put(out, "`");
    lab_text_put(out, "\n");
}
