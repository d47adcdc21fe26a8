/* data/shard.h - one immutable file of images; format at the top of shard.c.
 *
 * Open shards may be read by any number of threads.
 */
#ifndef VT_SHARD_H
#define VT_SHARD_H
#include "base/hash.h"
#include "data/dataset.h"

enum { VT_SHARD_BYTES_MAX = 256 << 20 };

typedef struct vt_shard vt_shard;

/* Maps path and checks every entry of its index against the size of the file.
 * VT_ERR_IO: cannot read. VT_ERR_FORMAT: not a shard, or a damaged one. */
VT_CHECKED vt_status vt_shard_open(vt_shard **out, const char *path, vt_error *err);
/* The same, but the index is not looked at: nothing but the ends of the file is read. Before an
 * image is asked for, vt_shard_check has to be good. */
VT_CHECKED vt_status vt_shard_map(vt_shard **out, const char *path, vt_error *err);
/* Checks every entry of the index, and its hash; path for messages. */
VT_CHECKED vt_status vt_shard_check(const vt_shard *shard, const char *path, vt_error *err);
isize vt_shard_images(const vt_shard *shard);
isize vt_shard_bytes(const vt_shard *shard);                 /* of the file */
vt_image vt_shard_image(const vt_shard *shard, isize index); /* asserted; borrowed until close */
void vt_shard_close(vt_shard **shard);                       /* sets NULL; NULL is fine */

/* Writes one. An uncommitted shard leaves no file. */
typedef struct vt_shard_writer vt_shard_writer;
VT_CHECKED vt_status vt_shard_writer_open(vt_shard_writer **out, const char *path, vt_error *err);
/* Size of the file if it were committed with one more image of that many bytes. */
isize vt_shard_writer_bytes(const vt_shard_writer *writer, isize bytes_more);
VT_CHECKED vt_status vt_shard_writer_put(vt_shard_writer *writer, const vt_image *image,
                                         vt_error *err);
typedef struct {
    isize images, bytes; /* bytes of the whole file, as sha256 is that of the whole file */
    char sha256[VT_SHA256_HEX];
} vt_shard_summary;
VT_CHECKED vt_status vt_shard_writer_commit(vt_shard_writer *writer, vt_shard_summary *summary,
                                            vt_error *err);
void vt_shard_writer_close(vt_shard_writer **writer);
#endif
