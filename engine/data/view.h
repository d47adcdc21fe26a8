/* data/view.h - from a stored image to the numbers that a trunk reads.
 *
 * Training: random resized crop (area share uniform in [crop_min, crop_max], log-uniform aspect
 * ratio in [3/4, 4/3], ten tries, then the centre), antialiased bicubic resize to image_px,
 * horizontal flip with probability flip, then the operations of ops (augment.h). Evaluation
 * (augment false), and training with crop_min 1, see the same part: an image of image_px x image_px
 * whole; of any other size the short side is resized to ceil(image_px / 0.875) and the centre
 * cropped (aim.md 2).
 * Then (value / 255 - mean) / std for each channel. Grey becomes RGB by repetition, after ops; RGB
 * becomes grey by the Rec. 601 luma, before ops. An image that already has the wanted size is not
 * resampled when the crop is the whole of it. Resampling is that of resize.h; its result stays in
 * [0, 255].
 *
 * Several views of one image share its decoding (multi-crop).
 */
#ifndef VT_VIEW_H
#define VT_VIEW_H
#include "data/augment.h"
#include "data/dataset.h"

typedef struct {
    int image_px;
    int channels;    /* 1 or 3 */
    double crop_min; /* area share; 1: as in evaluation, only flip and ops are random */
    double crop_max;
    double flip; /* probability */
    int augment; /* 0: evaluation, rng is not read */
    vt_ops ops;
    double mean[3], std[3];
} vt_view;

enum { VT_VIEWS_MAX = 16 };

typedef struct {
    vt_view view[VT_VIEWS_MAX];
    int count;
} vt_views;

/* Fills mean and std for view->channels (set before) from the data set's training split. */
void vt_view_normalise(vt_view *view, const vt_dataset_info *info);

/* Working memory of one thread: decoder, pixels. Grows as images ask, so that a steady state
 * allocates nothing. */
typedef struct vt_view_scratch vt_view_scratch;
VT_CHECKED vt_status vt_view_scratch_open(vt_view_scratch **out, vt_error *err);
void vt_view_scratch_close(vt_view_scratch **scratch);

/* out[v]: [channels, image_px, image_px] of view v. rng: the image's own stream, by value, so that
 * the same stream gives the same bits; view 0 reads it, view v the one named by step + v 2^32, so
 * that none depends on how much another drew. VT_ERR_FORMAT: the JPEG does not decode. */
VT_CHECKED vt_status vt_views_load(vt_real *const out[], const vt_views *views,
                                   const vt_image *image, vt_rng rng, vt_view_scratch *scratch,
                                   vt_error *err);
/* The same of a single view. */
VT_CHECKED vt_status vt_view_load(vt_real *out, const vt_view *view, const vt_image *image,
                                  vt_rng rng, vt_view_scratch *scratch, vt_error *err);
#endif
