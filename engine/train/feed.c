#include "train/feed.h"

isize vt_feed_choice(vt_split split, isize n, isize place)
{
    return (isize)vt_rng_permute(0, VT_RNG_SPLIT, (uint64_t)split, (uint64_t)n, (uint64_t)place);
}

/* An image of the split, and the stream that its view is drawn from. */
typedef struct {
    vt_image image;
    isize index;
    vt_rng rng;
} chosen;

static vt_status told(const vt_feed *feed, const chosen *c, vt_status status, vt_error *err)
{
    if (status != VT_OK)
        vt_error_context(err, "data set %s, %s image %td", vt_dataset_about(feed->dataset)->name,
                         feed->split == VT_SPLIT_TRAIN ? "train" : "test", c->index);
    return status;
}

static isize index_of(const vt_feed *feed, isize place)
{
    isize n = vt_dataset_about(feed->dataset)->images[feed->split];
    return vt_feed_choice(feed->split, n, feed->first + place);
}

static chosen training(const vt_feed *feed, isize place)
{
    uint64_t epoch = (uint64_t)(place / feed->count);
    isize in_epoch = (isize)vt_rng_permute(feed->seed, VT_RNG_ORDER, epoch, (uint64_t)feed->count,
                                           (uint64_t)(place % feed->count));
    chosen c = {.index = index_of(feed, in_epoch)};
    c.image = vt_dataset_image(feed->dataset, feed->split, c.index);
    c.rng = vt_rng_at(feed->seed, VT_RNG_AUGMENT, epoch, (uint64_t)c.index);
    return c;
}

vt_status vt_feed_train(const vt_feed *feed, isize place, vt_real *pixels, int32_t *label,
                        vt_view_scratch *scratch, vt_error *err)
{
    chosen c = training(feed, place);
    *label = c.image.label;
    return told(feed, &c, vt_view_load(pixels, &feed->view, &c.image, c.rng, scratch, err), err);
}

vt_status vt_feed_views(const vt_feed *feed, isize place, vt_real *const out[], int32_t *label,
                        vt_view_scratch *scratch, vt_error *err)
{
    chosen c = training(feed, place);
    *label = c.image.label;
    return told(feed, &c, vt_views_load(out, feed->views, &c.image, c.rng, scratch, err), err);
}

vt_status vt_feed_eval(const vt_feed *feed, isize place, vt_real *pixels, int32_t *label,
                       vt_view_scratch *scratch, vt_error *err)
{
    vt_view view = feed->view;
    view.augment = 0;
    VT_ASSERT(place < feed->count);
    chosen c = {.index = index_of(feed, place)};
    c.image = vt_dataset_image(feed->dataset, feed->split, c.index);
    *label = c.image.label;
    return told(feed, &c, vt_view_load(pixels, &view, &c.image, c.rng, scratch, err), err);
}

vt_rng vt_feed_choices(const vt_feed *feed, isize step, isize slot)
{
    return vt_rng_at(feed->seed, VT_RNG_PREFIX, (uint64_t)step, (uint64_t)slot);
}

vt_rng vt_feed_choices_eval(const vt_feed *feed, isize place)
{
    return vt_rng_at(0, VT_RNG_EVAL, 0, (uint64_t)index_of(feed, place));
}

vt_view vt_feed_view(const vt_config *c, const vt_dataset_info *about)
{
    int probe = vt_config_is(c->task, "probe");
    vt_view view = {.image_px = (int)c->data_image_px,
                    .channels = (int)c->data_channels,
                    .crop_min = probe ? c->probe_crop_min : c->data_crop_min,
                    .crop_max = 1,
                    .flip = probe ? c->probe_flip : c->data_flip,
                    .augment = 1};
    vt_view_normalise(&view, about);
    return view;
}
