/* base/file.h - whole files: read by mapping, written all or not at all. */
#ifndef VT_FILE_H
#define VT_FILE_H
#include "base/error.h"
#include "base/hash.h"

typedef struct {
    const unsigned char *data; /* borrowed until vt_map_close */
    isize bytes;
} vt_map;

/* Maps path read-only; an empty file maps to data NULL, bytes 0. VT_ERR_IO names path and cause. */
VT_CHECKED vt_status vt_map_open(vt_map *out, const char *path, vt_error *err);
void vt_map_close(vt_map *map);
/* Bytes and SHA-256 of a file as it lies there. */
VT_CHECKED vt_status vt_file_describe(const char *path, isize *bytes, char sha256[VT_SHA256_HEX],
                                      vt_error *err);

/* A file that appears whole or not at all: bytes go to "path.partial", which vt_writer_commit
 * syncs, renames to path, and makes durable by syncing the folder. Closing without a commit
 * removes the partial file. Written bytes are hashed on the way. */
typedef struct vt_writer vt_writer;
VT_CHECKED vt_status vt_writer_open(vt_writer **out, const char *path, vt_error *err);
VT_CHECKED vt_status vt_writer_put(vt_writer *writer, const void *data, isize bytes, vt_error *err);
/* sha256 (65 bytes: hex and NUL) of all bytes put; may be NULL. */
VT_CHECKED vt_status vt_writer_commit(vt_writer *writer, char *sha256, vt_error *err);
isize vt_writer_bytes(const vt_writer *writer);
void vt_writer_close(vt_writer **writer); /* sets NULL; NULL is fine */

/* Makes path and its parents; one that exists is fine. */
VT_CHECKED vt_status vt_folder_make(const char *path, vt_error *err);
#endif
