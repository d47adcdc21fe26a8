/* fetch/tarball.h - writes a tar (POSIX ustar) of plain files: the same bytes for the same files.
 */
#ifndef VT_FETCH_TARBALL_H
#define VT_FETCH_TARBALL_H
#include "base/file.h"

/* name: up to 99 bytes. */
VT_CHECKED vt_status vt_tarball_put(vt_writer *writer, const char *name, const void *data,
                                    isize bytes, vt_error *err);
VT_CHECKED vt_status vt_tarball_end(vt_writer *writer, vt_error *err);
#endif
