/* data/resize.h - antialiased bicubic resampling of a rectangle of 8-bit pixels.
 *
 * Along each axis output i (of total) is centred at c = (i + 1/2) * scale of the source, scale =
 * length / total, and is the mean of the source samples x weighted by k((x + 1/2 - c) / s), s =
 * max(scale, 1), weights summing to 1; samples outside of the rectangle take no part. k is the
 * cubic of Keys with a = -1/2, zero from 2 on. So shrinking averages, and equal sizes change
 * nothing. Values are clamped to [0, 255] and not rounded.
 */
#ifndef VT_RESIZE_H
#define VT_RESIZE_H
#include "base/error.h"

typedef struct {
    isize length; /* source samples of the rectangle along this axis, >= 1 */
    isize total;  /* outputs that they are resized to, >= 1 */
    isize from;   /* first output that is wanted */
    isize count;  /* how many; from + count <= total */
} vt_span;

typedef struct {
    const unsigned char *pixels; /* first of the rectangle; rows of [width, channels] */
    isize row_bytes;             /* from one row to the next */
    int channels;                /* 1 or 3 */
    vt_span rows, columns;
} vt_resize_job;

/* Working memory of one thread, growing as jobs ask. */
typedef struct vt_resizer vt_resizer;
VT_CHECKED vt_status vt_resizer_open(vt_resizer **out, vt_error *err);
void vt_resizer_close(vt_resizer **resizer); /* sets NULL; NULL is fine */

/* out: [channels, rows.count, columns.count]. VT_ERR_MEMORY only. */
VT_CHECKED vt_status vt_resizer_run(vt_real *out, vt_resizer *resizer, const vt_resize_job *job,
                                    vt_error *err);
#endif
