#include "base/text.h"
#include "base/heap.h"
#include <float.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void reserve(lab_text *text, isize bytes)
{
    isize wanted = text->length + bytes + 1;
    if (wanted <= text->capacity) return;
    isize capacity = text->capacity * 2 > wanted ? text->capacity * 2 : wanted + 64;
    text->data = lab_heap_grow(text->data, text->capacity, capacity);
    text->capacity = capacity;
}

const char *lab_text_of(const lab_text *text)
{
    return text->data ? text->data : "";
}

void lab_text_bytes(lab_text *text, const void *data, isize bytes)
{
    reserve(text, bytes);
    if (bytes > 0) memcpy(text->data + text->length, data, (size_t)bytes);
    text->length += bytes;
    text->data[text->length] = 0;
}

void lab_text_put(lab_text *text, const char *words)
{
    lab_text_bytes(text, words, (isize)strlen(words));
}

void lab_text_add(lab_text *text, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int bytes = vsnprintf(NULL, 0, format, args);
    va_end(args);
    LAB_ASSERT(bytes >= 0);
    reserve(text, bytes);
    (void)vsnprintf(text->data + text->length, (size_t)bytes + 1, format, again);
    va_end(again);
    text->length += bytes;
}

void lab_text_clear(lab_text *text)
{
    text->length = 0;
    if (text->data) text->data[0] = 0;
}

void lab_text_finish(lab_text *text)
{
    lab_heap_free(text->data);
    *text = (lab_text){0};
}

/* Bytes of the character that begins at c, or 0 where none does. The second byte's range is what
 * tells surrogates, forms that are too long, and what lies beyond U+10FFFF. */
static int utf8_bytes(const unsigned char *c, isize room)
{
    int bytes = *c < 0x80 ? 1 : *c < 0xc2 ? 0 : *c < 0xe0 ? 2 : *c < 0xf0 ? 3 : *c < 0xf5 ? 4 : 0;
    unsigned low = *c == 0xe0 ? 0xa0 : *c == 0xf0 ? 0x90 : 0x80;
    unsigned high = *c == 0xed ? 0x9f : *c == 0xf4 ? 0x8f : 0xbf;
    if (bytes > room) return 0;
    if (bytes > 1 && (c[1] < low || c[1] > high)) return 0;
    for (int i = 2; i < bytes; i++)
        if ((c[i] & 0xc0) != 0x80) return 0;
    return bytes;
}

bool lab_text_is_utf8(const lab_text *text)
{
    const unsigned char *c = (const unsigned char *)lab_text_of(text), *end = c + text->length;
    for (int bytes = 0; c < end; c += bytes)
        if ((bytes = utf8_bytes(c, end - c)) == 0) return false;
    return true;
}

void lab_text_json(lab_text *text, const char *words)
{
    lab_text_put(text, "\"");
    for (const char *c = words; *c; c++) {
        if (*c == '"' || *c == '\\')
            lab_text_add(text, "\\%c", *c);
        else if ((unsigned char)*c < 0x20)
            lab_text_add(text, "\\u%04x", (unsigned)*c);
        else
            lab_text_bytes(text, c, 1);
    }
    lab_text_put(text, "\"");
}

void lab_text_csv(lab_text *text, const char *words)
{
    if (!strpbrk(words, ",\"\r\n")) {
        lab_text_put(text, words);
        return;
    }
    lab_text_put(text, "\"");
    for (const char *c = words; *c; c++) {
        if (*c == '"') lab_text_put(text, "\"");
        lab_text_bytes(text, c, 1);
    }
    lab_text_put(text, "\"");
}

void lab_text_html(lab_text *text, const char *words)
{
    for (const char *c = words; *c; c++) switch (*c) {
        case '&':
            lab_text_put(text, "&amp;");
            break;
        case '<':
            lab_text_put(text, "&lt;");
            break;
        case '>':
            lab_text_put(text, "&gt;");
            break;
        case '"':
            lab_text_put(text, "&quot;");
            break;
        case '\'':
            lab_text_put(text, "&#39;");
            break;
        default:
            lab_text_bytes(text, c, 1);
        }
}

/* Digits of the value at 15, without the zeros at the end. Fewer never give the value back: a
 * number of 15 digits or fewer survives its way through a double that has all of its bits. */
static int decimals(double value)
{
    char text[32];
    if (fabs(value) < DBL_MIN) return 1;
    (void)snprintf(text, sizeof text, "%.14e", value);
    const char *mantissa = text + (*text == '-');
    int digits = 15;
    while (digits > 1 && mantissa[digits] == '0') digits--; /* behind the point: one on */
    return digits;
}

lab_short lab_short_real(double value)
{
    lab_short out = {""};
    if (isnan(value)) return (lab_short){"nan"};
    if (isinf(value)) return value > 0 ? (lab_short){"inf"} : (lab_short){"-inf"};
    for (int digits = decimals(value); digits <= 17; digits++) {
        (void)snprintf(out.text, sizeof out.text, "%.*g", digits, value);
        if (strtod(out.text, NULL) == value) break;
    }
    return out;
}

lab_short lab_short_count(double count)
{
    static const char unit[] = " kMGTPE";
    lab_short out = {""};
    if (!isfinite(count)) return lab_short_real(count);
    int power = 0;
    while (fabs(count) >= 999.5 && power < 6) {
        count /= 1000;
        power++;
    }
    if (power == 0)
        (void)snprintf(out.text, sizeof out.text, "%.4g", count);
    else
        (void)snprintf(out.text, sizeof out.text, "%.3g%c", count, unit[power]);
    return out;
}

lab_short lab_short_seconds(double seconds)
{
    lab_short out = {""};
    if (!isfinite(seconds)) return lab_short_real(seconds);
    long long whole = (long long)(seconds + 0.5);
    if (seconds < 9.95)
        (void)snprintf(out.text, sizeof out.text, "%.1fs", seconds);
    else if (whole < 60)
        (void)snprintf(out.text, sizeof out.text, "%llds", whole);
    else if (whole < 3600)
        (void)snprintf(out.text, sizeof out.text, "%lldm%02llds", whole / 60, whole % 60);
    else if (whole < 86400)
        (void)snprintf(out.text, sizeof out.text, "%lldh%02lldm", whole / 3600, whole % 3600 / 60);
    else
        (void)snprintf(out.text, sizeof out.text, "%lldd%02lldh", whole / 86400,
                       whole % 86400 / 3600);
    return out;
}
