/* train/feed.h - which image stands where: order, subsets, crops, choices.
 *
 * All of it is a pure function of (seed, step, place), so a step can be computed again, by any
 * worker, after any interruption.
 *
 *   training    the images of an epoch in an order of their own; image i of epoch e is augmented
 *               from the stream (seed, augment, e, i); of a mix image i at place p, from
 *               (seed, augment, p, i)
 *   held out    a fixed random choice, the same for every seed, from the test split (validation
 *               loss) or from the training split (what probes choose rates by); several crops of
 *               one are random as in training, and fixed
 *   choices     of an objective (prefix, mask) for a training image: fresh for each (step, place);
 *               for a held-out image: fixed
 */
#ifndef VT_FEED_H
#define VT_FEED_H
#include "config/config.h"
#include "data/dataset.h"
#include "data/view.h"
#include "objective/objective.h"

typedef struct {
    const vt_dataset *dataset;
    vt_view view;          /* of training images */
    const vt_views *views; /* of each image, for vt_feed_views; else NULL; borrowed */
    uint64_t seed;
    vt_split split;
    isize first, count; /* places of the split's fixed random order: an epoch */
    int mixed; /* 1: the data set is a mix (data/mix.h), by which training draws; no epochs, then */
} vt_feed;

/* The image at a place of the fixed random order of a split of n images. */
isize vt_feed_choice(vt_split split, isize n, isize place);

/* Training image number `place` (counted from the first step on): pixels and label. */
VT_CHECKED vt_status vt_feed_train(const vt_feed *feed, isize place, vt_real *pixels,
                                   int32_t *label, vt_view_scratch *scratch, vt_error *err);
/* Its views, out[v] being that of views->view[v]; view 0 as view gives the same bits as above. */
VT_CHECKED vt_status vt_feed_views(const vt_feed *feed, isize place, vt_real *const out[],
                                   int32_t *label, vt_view_scratch *scratch, vt_error *err);
/* The same image without augmentation; place < count. */
VT_CHECKED vt_status vt_feed_eval(const vt_feed *feed, isize place, vt_real *pixels, int32_t *label,
                                  vt_view_scratch *scratch, vt_error *err);
/* Views of it, with augmentation: the same for every seed and at every time. */
VT_CHECKED vt_status vt_feed_views_eval(const vt_feed *feed, isize place, vt_real *const out[],
                                        int32_t *label, vt_view_scratch *scratch, vt_error *err);
/* The stream that an objective draws its choices for an image from (vt_learner_draw). */
vt_rng vt_feed_choices(const vt_feed *feed, isize step, isize slot);
vt_rng vt_feed_choices_eval(const vt_feed *feed, isize place);

/* The view of training images, normalised by the data set's own statistics. */
vt_view vt_feed_view(const vt_config *config, const vt_dataset_info *about);
/* The views of one, as its objective's crops: whole ones like the above, small ones of areas from
 * data.small_min to data.crop_min. */
vt_views vt_feed_crops(const vt_config *config, const vt_dataset_info *about);
#endif
