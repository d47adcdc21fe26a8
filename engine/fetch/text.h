/* fetch/text.h - text that grows.
 *
 * Zero-initialised is empty and valid. Running out of memory is remembered, and told once:
 *
 *     vt_text_put(&text, "a", 1);
 *     vt_text_format(&text, "%d", 5);
 *     status = vt_text_check(&text, err);
 */
#ifndef VT_FETCH_TEXT_H
#define VT_FETCH_TEXT_H
#include "data/buffer.h"

typedef struct {
    vt_buffer buffer;
    isize used; /* bytes */
    int failed; /* 1: something was left out for want of memory */
} vt_text;

void vt_text_put(vt_text *text, const void *data, isize bytes);
void vt_text_format(vt_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* As one field of a TSV file: control characters become blanks. */
void vt_text_field(vt_text *text, const char *field);
/* The bytes, borrowed until the next put; NUL stands behind them where a put of it was made. */
const char *vt_text_at(const vt_text *text, isize offset);
void vt_text_clear(vt_text *text);
VT_CHECKED vt_status vt_text_check(const vt_text *text, vt_error *err);
void vt_text_finish(vt_text *text);
#endif
