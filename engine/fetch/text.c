#include "fetch/text.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void vt_text_put(vt_text *text, const void *data, isize bytes)
{
    vt_error err;
    if (text->failed || bytes == 0) return;
    if (vt_buffer_reserve(&text->buffer, text->used + bytes, &err) != VT_OK) {
        text->failed = 1;
        return;
    }
    memcpy((char *)text->buffer.data + text->used, data, (size_t)bytes);
    text->used += bytes;
}

void vt_text_format(vt_text *text, const char *format, ...)
{
    char piece[512];
    va_list args;
    va_start(args, format);
    int length = vsnprintf(piece, sizeof piece, format, args);
    va_end(args);
    VT_ASSERT(length >= 0 && length < (int)sizeof piece);
    vt_text_put(text, piece, length);
}

void vt_text_field(vt_text *text, const char *field)
{
    for (; *field; field++) {
        unsigned char c = (unsigned char)*field;
        vt_text_put(text, c < 32 || c == 127 ? " " : field, 1);
    }
}

const char *vt_text_at(const vt_text *text, isize offset)
{
    VT_ASSERT(offset >= 0 && offset <= text->used);
    return text->buffer.data ? (const char *)text->buffer.data + offset : "";
}

void vt_text_clear(vt_text *text)
{
    text->used = 0;
    text->failed = 0;
}

vt_status vt_text_check(const vt_text *text, vt_error *err)
{
    return text->failed ? vt_fail(err, VT_ERR_MEMORY, "out of memory") : VT_OK;
}

void vt_text_finish(vt_text *text)
{
    vt_buffer_finish(&text->buffer);
    vt_text_clear(text);
}
