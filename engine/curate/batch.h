/* curate/batch.h - some samples of a source at once, so that workers can share them. */
#ifndef VT_BATCH_H
#define VT_BATCH_H
#include "data/buffer.h"
#include "data/source.h"

enum { VT_BATCH_SAMPLES = 256, VT_BATCH_BYTES = 64 << 20 };

typedef struct {
    vt_item item[VT_BATCH_SAMPLES]; /* borrowed until the next read; key is never NULL */
    isize count;
    vt_buffer bytes; /* owned: what the items point to */
    isize used;
} vt_batch; /* zero-initialised is empty */

/* Reads on until the batch is full or the source at its end; count is 0 there. */
VT_CHECKED vt_status vt_batch_read(vt_batch *batch, vt_source *source, vt_error *err);
void vt_batch_finish(vt_batch *batch);
#endif
