/* data/store.h - a data set in the making: written beside its place, moved there when it is whole.
 *
 *     vt_store_open(&store, data_folder, name, shard_bytes, err);
 *     for each image, training split first: vt_store_put(store, split, &image, &pixels, err);
 *     vt_store_end(store, class_names, classes, err);
 *     vt_store_keep(store, err);
 *     vt_store_close(&store);
 *
 * Files are written into DATA/.NAME.partial, which keep renames to DATA/NAME; a store that is
 * closed without leaves nothing. Where DATA/NAME is there already, images are hashed and not
 * written, and end compares.
 */
#ifndef VT_STORE_H
#define VT_STORE_H
#include "base/hash.h"
#include "data/dataset.h"
#include "data/pixels.h"

typedef struct vt_store vt_store;

/* 1 if name is one for a data set: 1 to 100 letters, digits, . _ -, not beginning with a dot. */
int vt_store_name_good(const char *name);
/* shard_bytes: size at which the next shard begins; 0 and above 256 MiB mean 256 MiB.
 * VT_ERR_CONFIG: name or folder is no good. VT_ERR_IO: another one of that name is being made. */
VT_CHECKED vt_status vt_store_open(vt_store **out, const char *data_folder, const char *name,
                                   isize shard_bytes, vt_error *err);
/* The partial folder, for files that go with the data set; what is left there is kept. */
const char *vt_store_folder(const vt_store *store);
int vt_store_existed(const vt_store *store); /* 1: DATA/NAME was there when it was opened */
/* pixels: sums over those of this image. */
VT_CHECKED vt_status vt_store_put(vt_store *store, vt_split split, const vt_image *image,
                                  const vt_pixels *pixels, vt_error *err);
isize vt_store_images(const vt_store *store, vt_split split); /* put so far */
/* Ends the last shard, writes the manifest and the content hash; the folder can still be added to.
 * VT_ERR_CONFIG: DATA/NAME is there with other content. */
VT_CHECKED vt_status vt_store_end(vt_store *store, const char *const *class_names, isize classes,
                                  vt_error *err);
const char *vt_store_sha256(const vt_store *store); /* content hash, after end */
/* The data set appears; nothing is done where it existed. */
VT_CHECKED vt_status vt_store_keep(vt_store *store, vt_error *err);
void vt_store_close(vt_store **store); /* sets NULL; NULL is fine */
#endif
