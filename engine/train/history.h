/* train/history.h - the curve as the run knows it, so that no crash can put a hole into it.
 *
 * Every point goes to the reader and to points.tsv in the run's folder. The file is synced before
 * a checkpoint is written, so it holds all points up to the checkpoint's step. A resumed run sends
 * them again, drops what lies behind the checkpoint, and goes on: the reader has each point at
 * least once, always with the same value.
 *
 * Format: the point lines of wire/event.h, in the order of their steps.
 */
#ifndef VT_HISTORY_H
#define VT_HISTORY_H
#include "train/event.h"

typedef struct {
    int fd;        /* of points.tsv, appending */
    int64_t lines; /* points in it */
    vt_sink *sink; /* borrowed */
} vt_history;

/* Keeps and sends the points of steps <= step; of a run without a checkpoint, step -1, none. */
VT_CHECKED vt_status vt_history_open(vt_history *out, const char *folder, int64_t step,
                                     vt_sink *sink, vt_error *err);
VT_CHECKED vt_status vt_history_point(vt_history *history, int64_t step, const char *split,
                                      const char *metric, double value, vt_error *err);
VT_CHECKED vt_status vt_history_sync(vt_history *history, vt_error *err);
void vt_history_close(vt_history *history);
#endif
