/* data/dataset.h - an imported data set: immutable shards of images, read by mapping.
 *
 * A data set is a folder that vt_import made: index.txt (manifest) and *.shard files; formats at
 * the top of manifest.c and shard.c. Once open it never changes and any thread may read it.
 */
#ifndef VT_DATASET_H
#define VT_DATASET_H
#include "base/error.h"

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

/* VT_ERR_IO: cannot read. VT_ERR_FORMAT: not a data set, or a damaged one; the cure is named. */
VT_CHECKED vt_status vt_dataset_open(vt_dataset **out, const char *folder, vt_error *err);
const vt_dataset_info *vt_dataset_about(const vt_dataset *dataset);
vt_image vt_dataset_image(const vt_dataset *dataset, vt_split split, isize index); /* asserted */
void vt_dataset_close(vt_dataset **dataset); /* sets NULL; NULL is fine */

/* Reads everything, recomputes every hash. VT_ERR_FORMAT names the first file that differs. */
VT_CHECKED vt_status vt_dataset_verify(const char *folder, vt_error *err);
#endif
