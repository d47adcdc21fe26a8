/* data/names.h - a list of short texts: class names.
 *
 * A class name is 1 to VT_NAME_MAX bytes without control characters, and no two are the same.
 * Zero-initialised is empty and valid.
 */
#ifndef VT_NAMES_H
#define VT_NAMES_H
#include "data/buffer.h"

enum { VT_NAME_MAX = 255 };

typedef struct {
    vt_buffer items; /* owned pointers to owned text */
    isize count;
} vt_names;

/* Copies bytes of text to the end of the list. VT_ERR_CONFIG: not a class name. */
VT_CHECKED vt_status vt_names_add(vt_names *names, const char *text, isize bytes, vt_error *err);
/* Adds "0" .. "count-1": the names of classes that nobody named. */
VT_CHECKED vt_status vt_names_number(vt_names *names, isize count, vt_error *err);
/* VT_ERR_CONFIG: a name stands twice in the list. */
VT_CHECKED vt_status vt_names_check(const vt_names *names, vt_error *err);
const char *const *vt_names_list(const vt_names *names); /* [count], borrowed until it changes */
void vt_names_finish(vt_names *names);
#endif
