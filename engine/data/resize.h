/* data/resize.h - antialiased bicubic resampling of a rectangle of 8-bit pixels.
 *
 * Along each axis a window of the source, [start, start + extent) in samples, becomes `total`
 * outputs. Output i is centred at c = start + (i + 1/2) scale, scale = extent / total, and is the
 * mean of the samples x in [low, high) weighted by k((x + 1/2 - c) / s), s = max(scale, 1), weights
 * summing to 1; other samples take no part. k is the cubic of Keys with a = -1/2, zero from 2 on.
 * So shrinking averages, and equal sizes change nothing. Values are clamped to [0, 255] and not
 * rounded.
 */
#ifndef VT_RESIZE_H
#define VT_RESIZE_H
#include "base/error.h"

typedef struct {
    double start, extent; /* extent > 0 */
    isize low, high;      /* low < high; they hold what the window touches, at the least */
    isize total;          /* outputs of the window, >= 1 */
    isize from, count;    /* those that are wanted; from + count <= total */
} vt_span;

/* The span of samples [low, low + length), all of which become `total` outputs, all wanted. */
vt_span vt_span_whole(isize low, isize length, isize total);
/* The samples that the wanted outputs read: [*first, *end). */
void vt_span_reads(const vt_span *span, isize *first, isize *end);

typedef struct {
    const unsigned char *pixels; /* rows of [width, channels], of all samples that are read */
    isize top, left;             /* the sample that pixels begins with */
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
