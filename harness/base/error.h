/* base/error.h - expected failures: a code for the program, a sentence for the person.
 *
 * A function that can fail returns lab_status and fills *err, which is the caller's and needs no
 * allocation. The sentence says what was being done, to what, what was found and, where there is
 * one, the cure. err may not be NULL.
 */
#ifndef LAB_ERROR_H
#define LAB_ERROR_H
#include "base/base.h"

typedef enum {
    LAB_OK = 0,
    LAB_ERR_IO = -1,      /* the system refused: open, read, write, start a program */
    LAB_ERR_FORMAT = -2,  /* bytes from outside are not what they should be */
    LAB_ERR_CONFIG = -3,  /* the request is wrong; the sentence names key or argument */
    LAB_ERR_MISSING = -4, /* what was asked for is not there */
    LAB_ERR_LEDGER = -5,  /* SQLite refused, or the ledger is not one that this program reads */
    LAB_ERR_BUSY = -6     /* another process holds the ledger's lock: try again */
} lab_status;

typedef struct {
    char text[1200];
} lab_error;

/* Writes the sentence and returns code, so that a failing line reads: return lab_fail(err, ...). */
lab_status lab_fail(lab_error *err, lab_status code, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* What to do about an errno, to end a sentence with: "; ...", or "" where nobody knows. */
const char *lab_error_cure(int cause);
/* Puts "context: " before the sentence that err holds. */
void lab_error_context(lab_error *err, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
#endif
