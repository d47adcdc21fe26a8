#include "data/buffer.h"
#include "base/heap.h"

vt_status vt_buffer_reserve(vt_buffer *buffer, isize bytes, vt_error *err)
{
    VT_ASSERT(bytes >= 0 && bytes <= PTRDIFF_MAX / 4);
    if (bytes <= buffer->bytes) return VT_OK;
    isize grown = bytes > 2 * buffer->bytes ? bytes : 2 * buffer->bytes;
    vt_status status = vt_heap_grow(&buffer->data, buffer->bytes, grown, err);
    if (status == VT_OK) buffer->bytes = grown;
    return status;
}

void vt_buffer_finish(vt_buffer *buffer)
{
    vt_heap_free(&buffer->data);
    buffer->bytes = 0;
}
