/* fetch/spool.h - what is known of a part under way, as it comes: one record for each row.
 *
 * A record is a line, and behind it the bytes of the image where there are any, and a line end:
 *
 *     CHECK \t ROW \t STATE \t HTTP \t BYTES \t SHA256 \t KEPT \t DETAIL \n
 *
 * CHECK is the first 16 digits of the SHA-256 of the line from ROW on; KEPT is how many bytes
 * follow, BYTES or 0. A process may be killed while it writes one: reading ends at the first that
 * is not whole, and the next one is written over it.
 */
#ifndef VT_FETCH_SPOOL_H
#define VT_FETCH_SPOOL_H
#include "base/hash.h"
#include "fetch/state.h"
#include "fetch/text.h"

typedef struct {
    isize row; /* of the part */
    vt_state state;
    int http;
    isize bytes, kept;
    char sha256[VT_SHA256_HEX]; /* "": nothing came */
    char detail[200];
} vt_record;

/* Appends the record's line, end included. */
VT_CHECKED vt_status vt_record_line(vt_text *out, const vt_record *record, vt_error *err);

typedef struct {
    int fd;
    int64_t end; /* behind the last whole record */
    char path[4096];
} vt_spool;

/* Opens or makes the file at path; hear is told of each whole record, body is where its bytes are.
 * VT_ERR_IO, or what hear gives. */
VT_CHECKED vt_status vt_spool_open(vt_spool *spool, const char *path,
                                   vt_status (*hear)(void *context, const vt_record *record,
                                                     int64_t body, vt_error *err),
                                   void *context, vt_error *err);
void vt_spool_close(vt_spool *spool); /* fd -1 is fine */
/* *body: where its bytes are. VT_ERR_FULL: no room; the spool is as before. */
VT_CHECKED vt_status vt_spool_put(vt_spool *spool, const vt_record *record, const void *data,
                                  int64_t *body, vt_error *err);
VT_CHECKED vt_status vt_spool_read(const vt_spool *spool, int64_t body, void *data, isize bytes,
                                   vt_error *err);
#endif
