/* fetch/finished.h - parts that are finished: looked at, and opened again for some of their rows.
 */
#ifndef VT_FETCH_FINISHED_H
#define VT_FETCH_FINISHED_H
#include "fetch/place.h"
#include "fetch/state.h"

typedef struct {
    isize rows[VT_STATE_COUNT];
    int64_t bytes; /* of the images */
} vt_tally;

/* Whether the part is finished: *found; then its rows are in tally, and its tar has its name.
 * VT_ERR_FORMAT: tar and states file do not go together, or are not of this list. */
VT_CHECKED vt_status vt_finished_look(const vt_place *place, isize part, int *found,
                                      vt_tally *tally, vt_error *err);
/* 1: a process began to open the part, or to work in it. */
int vt_finished_under_way(const vt_place *place, isize part);
/* Opens a finished part again, for its rows in states that are set in again: all others are spooled
 * as they are. */
VT_CHECKED vt_status vt_finished_reopen(const vt_place *place, isize part,
                                        const int again[VT_STATE_COUNT], vt_error *err);
#endif
