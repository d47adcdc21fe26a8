/* data/buffer.h - bytes whose number is known only while outside bytes are being read.
 *
 * Zero-initialised is empty and valid. Content is kept when it grows; new bytes are zero.
 */
#ifndef VT_BUFFER_H
#define VT_BUFFER_H
#include "base/error.h"

typedef struct {
    void *data;  /* owned, aligned to 64; NULL while empty */
    isize bytes; /* reserved */
} vt_buffer;

/* At least bytes are reserved afterwards; growth doubles, so that appending is linear. */
VT_CHECKED vt_status vt_buffer_reserve(vt_buffer *buffer, isize bytes, vt_error *err);
void vt_buffer_finish(vt_buffer *buffer);
#endif
