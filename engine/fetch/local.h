/* fetch/local.h - files of this machine that a list names as file:///PATH, or a mirror holds. */
#ifndef VT_FETCH_LOCAL_H
#define VT_FETCH_LOCAL_H
#include "data/buffer.h"
#include "fetch/state.h"

/* Reads a plain file whole, of at most bytes_max bytes (0: any), without ever waiting for a pipe or
 * a device. Gives OK; TOO_LARGE; or FILE, and *why. */
vt_state vt_local_read(vt_buffer *buffer, isize *bytes, const char *path, int64_t bytes_max,
                       const char **why);
#endif
