/* data/lines.h - small text files of lines "word rest", guarded by a hash in their last line.
 *
 * Every line ends with LF; words are separated by one space; counts are decimal without sign or
 * leading zero; reals read back to the same double. The last line is "end HEX", the SHA-256 of all
 * lines above.
 */
#ifndef VT_LINES_H
#define VT_LINES_H
#include "base/file.h"
#include "base/hash.h"

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { VT_HASH_CHECKED = 0 }; /* no fuzzer finds a hash, and what lies behind it is to be tried */
#else
enum { VT_HASH_CHECKED = 1 };
#endif

typedef struct {
    const char *path, *cure; /* borrowed, for messages: what to make again */
    char *at, *end;          /* the text, whose LFs become NULs as lines are taken */
    isize line;              /* of the last taken */
    char digest[VT_SHA256_HEX];
} vt_lines;

/* text: [bytes], changed by taking; borrowed. */
VT_CHECKED vt_status vt_lines_open(vt_lines *lines, const char *path, char *text, isize bytes,
                                   const char *cure, vt_error *err);
/* The rest of the next line, which must begin with "word "; NULL where it does not. */
char *vt_lines_take(vt_lines *lines, const char *word);
/* VT_ERR_FORMAT names path and line, and what was wanted there. */
vt_status vt_lines_damaged(const vt_lines *lines, const char *want, vt_error *err);
/* Takes the last line, and compares its hash. */
VT_CHECKED vt_status vt_lines_end(vt_lines *lines, vt_error *err);

/* Takes a count that is followed by stop from *text; -1 where there is none. */
isize vt_count_take(char **text, char stop);
/* Takes a finite real that is followed by stop; 0 where there is none. */
int vt_real_take(char **text, char stop, double *value);
int vt_hex_valid(const char *text); /* 1: a SHA-256 in lower case */

typedef struct {
    vt_writer *file;
    vt_sha256 hash;
} vt_lines_printer; /* zero-initialised is valid to close */
VT_CHECKED vt_status vt_lines_begin(vt_lines_printer *printer, const char *path, vt_error *err);
VT_CHECKED vt_status vt_lines_print(vt_lines_printer *printer, vt_error *err, const char *format,
                                    ...) __attribute__((format(printf, 3, 4)));
/* Writes the last line; the file appears. */
VT_CHECKED vt_status vt_lines_commit(vt_lines_printer *printer, vt_error *err);
void vt_lines_close(vt_lines_printer *printer);
#endif
