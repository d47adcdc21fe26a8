/* data/json.h - JSON (RFC 8259) that is passed over: where a value ends. Nothing is kept of it. */
#ifndef VT_JSON_H
#define VT_JSON_H
#include "base/base.h"

/* Loose: NaN, Infinity and -Infinity are values, as Python writes them, and strings may hold bytes
 * of any encoding. */
typedef enum { VT_JSON_STRICT, VT_JSON_LOOSE } vt_json_kind;

/* Passes over one value. Gives where it ends, or NULL where there is none: then *fault is the
 * place. Nothing is read at or behind end. Containers nest 64 deep at most. */
const char *vt_json_skip(const char *at, const char *end, vt_json_kind kind, const char **fault);
/* Passes over blanks. */
const char *vt_json_blank(const char *at, const char *end);

/* The length of the UTF-8 character at text, of at most bytes bytes; 0: none starts here. */
isize vt_utf8_length(const char *text, isize bytes);
int vt_hex_value(int c); /* 0 to 15; -1: it is no digit */
#endif
