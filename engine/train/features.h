/* train/features.h - labelled images, and what a trunk makes of them at every tap.
 *
 * A tap is the mean of a range of blocks' raw outputs, of the patch tokens alone: every block by
 * itself, and the last probe.average_last of them. The control "pixels" has one tap, the normalised
 * pixels. Tuning reads the mean of the last blocks alone.
 *
 * Parts. The training split is put into a fixed random order: its first probe.val_images are held
 * back (val), the next probe.train_images train; test is of the test split.
 *
 * A batch is cut into train.shards shards, so that its features are the same for any number of
 * workers.
 */
#ifndef VT_FEATURES_H
#define VT_FEATURES_H
#include "model/trunk.h"
#include "train/session.h"

typedef enum { VT_TAPS_ALL, VT_TAPS_LAST } vt_taps;

typedef struct {
    char name[32];   /* block.3, mean_last.6, pixels */
    int layer;       /* block, or -1 */
    int number;      /* its place among all taps, whether all are there or not */
    int from, to;    /* blocks that it averages */
    vt_real *values; /* [B*T, D] of the batch under way */
} vt_tap;

/* What one worker needs to turn images into features. */
typedef struct {
    vt_trunk_saved saved;
    vt_scratch trunk;
    vt_real *images; /* [images of a shard, channels, px, px] */
    vt_view_scratch *reader;
} vt_feature_bay;

typedef struct {
    const vt_session *session; /* borrowed */
    vt_trunk_shape shape;
    vt_mask_kind mask; /* VT_MASK_NONE or VT_MASK_CAUSAL */
    int32_t *places;   /* [T] the patches in the order of a causal mask; NULL: raster */
    int pixels;        /* 1: the control without a trunk */
    isize T, D;        /* of the features: 1 and all values for pixels */
    isize B;           /* images of a batch */
    int shards;
    isize shard_images; /* of the largest */
    vt_feed train, val, test;
    int64_t steps; /* of probe.epochs over train */
    vt_tap *taps;
    int tap_count, first_tap;  /* first_tap: number of the first that is there */
    int32_t *labels;           /* [B] of the batch under way */
    char input[VT_SHA256_HEX]; /* of the checkpoint that the trunk is from; "": none */
    vt_params params;          /* of the trunk: values, halves, info */
    vt_trunk trunk;
    vt_feature_bay *bays; /* [workers] */
    vt_status *statuses;  /* [shards] */
    vt_error *errors;     /* [shards] */
    vt_arena arena;
} vt_features;

/* Places first .. first + count - 1 of a feed, augmented as training images are, or not. */
typedef struct {
    const vt_feed *feed;
    isize first, count;
    int augment;
} vt_feature_batch;

/* What follows from the config and the data set alone: all that needs no storage, with tap_count.
 * VT_ERR_CONFIG: no image is left to train or to test on. */
VT_CHECKED vt_status vt_features_size(vt_features *out, const vt_session *session, vt_taps taps,
                                      vt_error *err);
/* Storage, and the random weights of an untrained trunk. */
VT_CHECKED vt_status vt_features_open(vt_features *features, vt_error *err);
/* The trunk that probe.trunk names, from the checkpoint of the request; a control has none. */
VT_CHECKED vt_status vt_features_load(vt_features *features, vt_error *err);
void vt_features_close(vt_features *features);
/* The events input and data: the trunk, and what is read to train, to choose and to test. */
void vt_features_say(const vt_features *features, vt_sink *sink);

/* After the caller changed params.values: products read them in bf16 where the config says so. */
void vt_features_refresh(vt_features *features);
/* Fills every tap's values, and labels, for the batch. */
VT_CHECKED vt_status vt_features_extract(vt_features *features, const vt_feature_batch *batch,
                                         vt_error *err);

/* The parts of it, for one shard; images are those of the worker's bay. */
vt_range vt_features_shard(const vt_features *features, const vt_feature_batch *batch,
                           isize shard); /* its images within the batch */
/* Reads images and labels; what failed is kept for vt_features_check. Returns 1 where it may go on.
 */
int vt_features_read(vt_features *features, const vt_feature_batch *batch, isize shard, int worker);
vt_pass vt_features_pass(const vt_features *features, vt_range images);
/* Copies a shard's block outputs to where the batch's features lie. */
void vt_features_collect(vt_features *features, const vt_trunk_saved *saved, vt_range images);
VT_CHECKED vt_status vt_features_check(const vt_features *features, vt_error *err);
#endif
