/* base/text.h - a growing piece of text, NUL-terminated at every moment.
 *
 *     lab_text text = {0};
 *     lab_text_add(&text, "%d cells", count);
 *     puts(lab_text_of(&text));
 *     lab_text_finish(&text);
 */
#ifndef LAB_TEXT_H
#define LAB_TEXT_H
#include "base/base.h"

typedef struct {
    char *data; /* owned; NULL while empty: read it through lab_text_of */
    isize length, capacity;
} lab_text;

const char *lab_text_of(const lab_text *text); /* "" when empty; borrowed until the next change */
void lab_text_add(lab_text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void lab_text_put(lab_text *text, const char *words);
void lab_text_bytes(lab_text *text, const void *data, isize bytes);
void lab_text_clear(lab_text *text);  /* keeps the memory */
void lab_text_finish(lab_text *text); /* frees it; the text is empty again */

/* Whether its bytes are UTF-8 (RFC 3629: neither surrogates nor longer forms than needed). */
bool lab_text_is_utf8(const lab_text *text);

/* Appends words quoted for JSON, for one CSV field (RFC 4180), or for HTML text and attributes. */
void lab_text_json(lab_text *text, const char *words);
void lab_text_csv(lab_text *text, const char *words);
void lab_text_html(lab_text *text, const char *words);

/* 1234567 as 1.23M (k, M, G, T, P), seconds as 1h02m, 3m20s, 45s or 0.4s, into a static-free
 * buffer of the caller; both return it. NaN and infinities read nan, inf, -inf. */
typedef struct {
    char text[32];
} lab_short;
lab_short lab_short_count(double count);
lab_short lab_short_seconds(double seconds);
/* The fewest digits that read back to the same double. */
lab_short lab_short_real(double value);
#endif
