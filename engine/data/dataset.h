/* data/dataset.h - an imported data set: immutable shards of images, read by mapping.
 *
 * A data set is a folder that vt_import made: index.txt (manifest) and *.shard files; formats at
 * the top of manifest.c and shard.c. Once open it never changes and any thread may read it.
 */
#ifndef VT_DATASET_H
#define VT_DATASET_H
#include "data/mix.h"

typedef enum { VT_SPLIT_TRAIN, VT_SPLIT_TEST, VT_SPLIT_COUNT } vt_split;

typedef struct vt_dataset vt_dataset;

typedef struct {
    const char *name;   /* borrowed until close, as all text here */
    const char *sha256; /* content hash: over images, labels, splits, class names */
    isize images[VT_SPLIT_COUNT];
    isize classes;                  /* labels are 0 .. classes-1 */
    const char *const *class_names; /* [classes] */
    int channels;                   /* 1 if every stored image is grey, else 3 */
    double mean[3], std[3];         /* of the training split, values in [0, 1]; grey repeats [0] */
    double luma_mean, luma_std;     /* of the training split made grey (Rec. 601) */
} vt_dataset_info;

typedef struct {
    const unsigned char *data; /* borrowed: raw pixels [height, width, channels], or a JPEG */
    isize bytes;
    int height, width, channels; /* as stored; channels is 1 or 3 */
    int jpeg;                    /* 1: data is a JPEG stream; 0: raw pixels */
    int32_t label;
} vt_image;

enum { VT_DATASET_CHECKED = 1 << 20 };

/* A folder with a recipe (mix.h) opens the data sets that it names, which stand beside it; its
 * splits are theirs, one behind the other, its classes those that any of them has, and its
 * statistics are theirs by weight.
 *
 * Opening takes a file's two ends a shard: the indexes of data sets of up to VT_DATASET_CHECKED
 * images are checked here, those of larger ones as their shards are first used.
 * VT_ERR_IO: cannot read. VT_ERR_FORMAT: not a data set, or a damaged one; the cure is named. */
VT_CHECKED vt_status vt_dataset_open(vt_dataset **out, const char *folder, vt_error *err);
const vt_dataset_info *vt_dataset_about(const vt_dataset *dataset);
/* The index is asserted. VT_ERR_FORMAT: its shard is damaged. */
VT_CHECKED vt_status vt_dataset_image(vt_image *out, const vt_dataset *dataset, vt_split split,
                                      isize index, vt_error *err);
const vt_mix *vt_dataset_mix(const vt_dataset *dataset); /* NULL: it is none */
/* Number, in the training split of a mix, of the sample at a place. */
isize vt_dataset_mixed(const vt_dataset *dataset, uint64_t seed, isize place);
void vt_dataset_close(vt_dataset **dataset); /* sets NULL; NULL is fine */

/* Reads everything, recomputes every hash. VT_ERR_FORMAT names the first file that differs. */
VT_CHECKED vt_status vt_dataset_verify(const char *folder, vt_error *err);
#endif
