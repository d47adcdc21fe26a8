/* fetch/json_text.h - what a string of JSON stands for, and text written as one (data/json.h). */
#ifndef VT_FETCH_JSON_TEXT_H
#define VT_FETCH_JSON_TEXT_H
#include "fetch/text.h"

/* Appends what a string, quotes included and known to be one, stands for, and a NUL. 0: it has a
 * NUL inside. Half a pair of surrogates becomes U+FFFD. */
int vt_json_decode(vt_text *out, const char *string, isize bytes);

/* Appends text as a string, in quotes; it is UTF-8. */
void vt_json_put(vt_text *out, const char *text, isize bytes);
/* Appends a field of a table: a number or an array as such, an empty one as null, any other text
 * as a string. */
void vt_json_put_field(vt_text *out, const char *text, isize bytes);
#endif
