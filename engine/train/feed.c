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

static vt_status training(chosen *c, const vt_feed *feed, isize place, vt_error *err)
{
    if (feed->mixed) {
        uint64_t step = (uint64_t)place & UINT32_MAX; /* above it stands the view's number */
        c->index = vt_dataset_mixed(feed->dataset, feed->seed, place);
        c->rng = vt_rng_at(feed->seed, VT_RNG_AUGMENT, step, (uint64_t)c->index);
    } else {
        uint64_t epoch = (uint64_t)(place / feed->count);
        isize in_epoch =
            (isize)vt_rng_permute(feed->seed, VT_RNG_ORDER, epoch, (uint64_t)feed->count,
                                  (uint64_t)(place % feed->count));
        c->index = index_of(feed, in_epoch);
        c->rng = vt_rng_at(feed->seed, VT_RNG_AUGMENT, epoch, (uint64_t)c->index);
    }
    return vt_dataset_image(&c->image, feed->dataset, feed->split, c->index, err);
}

vt_status vt_feed_train(const vt_feed *feed, isize place, vt_real *pixels, int32_t *label,
                        vt_view_scratch *scratch, vt_error *err)
{
    chosen c = {.index = -1};
    vt_status status = training(&c, feed, place, err);
    *label = c.image.label;
    if (status == VT_OK) status = vt_view_load(pixels, &feed->view, &c.image, c.rng, scratch, err);
    return told(feed, &c, status, err);
}

vt_status vt_feed_views(const vt_feed *feed, isize place, vt_real *const out[], int32_t *label,
                        vt_view_scratch *scratch, vt_error *err)
{
    chosen c = {.index = -1};
    vt_status status = training(&c, feed, place, err);
    *label = c.image.label;
    if (status == VT_OK) status = vt_views_load(out, feed->views, &c.image, c.rng, scratch, err);
    return told(feed, &c, status, err);
}

static vt_status held_out(chosen *out, const vt_feed *feed, isize place, vt_error *err)
{
    VT_ASSERT(place < feed->count);
    out->index = index_of(feed, place);
    out->rng = vt_rng_at(0, VT_RNG_EVAL, 1, (uint64_t)out->index);
    return vt_dataset_image(&out->image, feed->dataset, feed->split, out->index, err);
}

vt_status vt_feed_views_eval(const vt_feed *feed, isize place, vt_real *const out[], int32_t *label,
                             vt_view_scratch *scratch, vt_error *err)
{
    chosen c = {.index = -1};
    vt_status status = held_out(&c, feed, place, err);
    *label = c.image.label;
    if (status == VT_OK) status = vt_views_load(out, feed->views, &c.image, c.rng, scratch, err);
    return told(feed, &c, status, err);
}

vt_status vt_feed_eval(const vt_feed *feed, isize place, vt_real *pixels, int32_t *label,
                       vt_view_scratch *scratch, vt_error *err)
{
    vt_view view = feed->view;
    view.augment = 0;
    chosen c = {.index = -1};
    vt_status status = held_out(&c, feed, place, err);
    *label = c.image.label;
    if (status == VT_OK) status = vt_view_load(pixels, &view, &c.image, c.rng, scratch, err);
    return told(feed, &c, status, err);
}

vt_rng vt_feed_choices(const vt_feed *feed, isize step, isize slot)
{
    return vt_rng_at(feed->seed, VT_RNG_PREFIX, (uint64_t)step, (uint64_t)slot);
}

vt_rng vt_feed_choices_eval(const vt_feed *feed, isize place)
{
    return vt_rng_at(0, VT_RNG_EVAL, 0, (uint64_t)index_of(feed, place));
}

/* What happens to colours and sharpness in pre-training, at the amounts of DINO. */
static vt_ops ops_of(const vt_config *c)
{
    const vt_op list[] = {
        {VT_OP_JITTER, c->data_jitter, {0.4, 0.4, 0.2, 0.1}},
        {VT_OP_GREY, c->data_grey, {0}},
        {VT_OP_BLUR, c->data_blur, {0.1, 2}},
        {VT_OP_SOLARIZE, c->data_solarize, {0.5}},
    };
    vt_ops ops = {.count = 0};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        if (list[i].probability > 0) ops.op[ops.count++] = list[i];
    return ops;
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
    if (!probe) view.ops = ops_of(c);
    vt_view_normalise(&view, about);
    return view;
}

vt_views vt_feed_crops(const vt_config *c, const vt_dataset_info *about)
{
    vt_crops crops = vt_objective_crops(c);
    vt_views views = {.count = crops.whole + crops.small};
    VT_ASSERT(views.count <= VT_VIEWS_MAX);
    for (int v = 0; v < views.count; v++) {
        views.view[v] = vt_feed_view(c, about);
        if (v < crops.whole) continue;
        views.view[v].image_px = crops.small_px;
        views.view[v].crop_min = c->data_small_min;
        views.view[v].crop_max = c->data_crop_min;
    }
    return views;
}
