/* fetch/part.h - one part of a fetch: its rows, and how each of them ended; on disk as README.md
 * says.
 *
 *     vt_part_open(&part, place, number, err);
 *     for each of its rows: vt_part_add(part, &row, err);
 *     vt_part_resume(part, err);              takes up what an earlier process spooled
 *     for each row without a state: vt_part_record(part, row, &record, body, err);
 *     vt_part_commit(part, jpeg, err);        tar and states file appear
 *     vt_part_close(&part);
 *
 * A process may be killed at any instant: what was recorded is there for the next one, and a tar
 * and a states file that go together are there or not. The states file is the one that decides: it
 * is written when the tar waits, whole, as 00000.tar.next.
 */
#ifndef VT_FETCH_PART_H
#define VT_FETCH_PART_H
#include "data/jpeg.h"
#include "fetch/list.h"
#include "fetch/place.h"
#include "fetch/spool.h"

typedef struct vt_part vt_part;
/* place is borrowed. */
VT_CHECKED vt_status vt_part_open(vt_part **out, const vt_place *place, isize number,
                                  vt_error *err);
VT_CHECKED vt_status vt_part_add(vt_part *part, const vt_list_row *row, vt_error *err);
VT_CHECKED vt_status vt_part_resume(vt_part *part, vt_error *err);

isize vt_part_rows(const vt_part *part);
isize vt_part_missing(const vt_part *part); /* rows without a state */
/* NULL: the row has none yet. */
const vt_record *vt_part_state(const vt_part *part, isize row);
const char *vt_part_url(const vt_part *part, isize row);      /* borrowed until the next add */
const char *vt_part_declared(const vt_part *part, isize row); /* SHA-256, or "" */
/* body: record->kept bytes. VT_ERR_FULL: no room; nothing is lost. */
VT_CHECKED vt_status vt_part_record(vt_part *part, const vt_record *record, const void *body,
                                    vt_error *err);
/* Every row has a state (asserted). */
VT_CHECKED vt_status vt_part_commit(vt_part *part, vt_jpeg *jpeg, vt_error *err);
void vt_part_close(vt_part **part); /* sets NULL; NULL is fine */
#endif
