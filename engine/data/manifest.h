/* data/manifest.h - index.txt, the manifest of a data set; format at the top of manifest.c. */
#ifndef VT_MANIFEST_H
#define VT_MANIFEST_H
#include "data/buffer.h"
#include "data/shard.h"

typedef struct {
    vt_split split;
    isize number; /* of the shard in its split, from 0; gives the name of the file */
    vt_shard_summary file;
} vt_manifest_shard;

/* Zero-initialised is valid to finish. Text is borrowed: from text where it was parsed. */
typedef struct {
    const char *name, *sha256; /* content hash */
    int channels;              /* 1 or 3 */
    double mean[3], std[3];    /* std > 0 */
    double luma_mean, luma_std;
    isize classes, shards;                  /* at least 1 each */
    const char *const *class_names;         /* [classes] */
    const vt_manifest_shard *shard;         /* [shards], training split first */
    vt_buffer text, class_list, shard_list; /* owned, of a parsed one */
} vt_manifest;

/* "FOLDER/train-00000.shard" into path of room bytes. VT_ERR_IO: the path is too long. */
VT_CHECKED vt_status vt_manifest_shard_path(char *path, isize room, const char *folder,
                                            const vt_manifest_shard *shard, vt_error *err);
const char *vt_split_name(vt_split split); /* train, test */

/* VT_ERR_FORMAT names path and line. */
VT_CHECKED vt_status vt_manifest_parse(vt_manifest *out, const char *path, const void *text,
                                       isize bytes, vt_error *err);
/* Reads FOLDER/index.txt. VT_ERR_IO: it is not there. */
VT_CHECKED vt_status vt_manifest_read(vt_manifest *out, const char *folder, vt_error *err);
VT_CHECKED vt_status vt_manifest_write(const vt_manifest *manifest, const char *folder,
                                       vt_error *err);
void vt_manifest_finish(vt_manifest *manifest);
#endif
