/* base/error.h - expected failures: a code for the program, a sentence for the person.
 *
 * A function that can fail returns vt_status and fills *err, which is the caller's and needs no
 * allocation. The sentence says what was being done, to what, what was found and, where there is
 * one, the cure. err may not be NULL.
 */
#ifndef VT_ERROR_H
#define VT_ERROR_H
#include "base/base.h"

typedef enum {
    VT_OK = 0,
    VT_ERR_IO = -1,        /* the system refused: open, read, write, map */
    VT_ERR_FORMAT = -2,    /* bytes from outside are not what they should be */
    VT_ERR_CONFIG = -3,    /* the request is wrong; the sentence names the key */
    VT_ERR_MEMORY = -4,    /* not enough of it */
    VT_ERR_CANCELLED = -5, /* asked to stop */
    VT_ERR_FULL = -6       /* the disk, or a person's share of it */
} vt_status;

typedef struct {
    char text[480];
} vt_error;

/* Writes the sentence and returns code, so that a failing line reads: return vt_fail(err, ...). */
vt_status vt_fail(vt_error *err, vt_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The code for an errno of a call that writes: VT_ERR_FULL, or VT_ERR_IO for any other. */
vt_status vt_error_of(int cause);
/* Puts "context: " before the sentence that err holds. */
void vt_error_context(vt_error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));
#endif
