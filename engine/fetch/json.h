/* fetch/json.h - JSON (RFC 8259) as far as lists and samples need it. */
#ifndef VT_FETCH_JSON_H
#define VT_FETCH_JSON_H
#include "fetch/text.h"

/* The length of the UTF-8 character at text, of at most bytes bytes; 0: none starts here. */
isize vt_utf8_length(const char *text, isize bytes);

/* Passes over one value. Gives where it ends, or NULL where there is none: then *fault is the
 * place. Nothing is read at or behind end. */
const char *vt_json_skip(const char *at, const char *end, const char **fault);
/* Passes over blanks. */
const char *vt_json_blank(const char *at, const char *end);
/* Appends what a string, quotes included and known to be one, stands for, and a NUL. 0: it has a
 * NUL inside. Half a pair of surrogates becomes U+FFFD. */
int vt_json_decode(vt_text *out, const char *string, isize bytes);

/* Appends text as a string, in quotes; it is UTF-8. */
void vt_json_put(vt_text *out, const char *text, isize bytes);
/* Appends a field of a table: a number or an array as such, an empty one as null, any other text
 * as a string. */
void vt_json_put_field(vt_text *out, const char *text, isize bytes);
#endif
