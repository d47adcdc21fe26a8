#include "train/features.h"
#include "model/order.h"
#include "objective/objective.h"
#include "ops/kernels.h"
#include "train/checkpoint.h"
#include <stdio.h>
#include <string.h>

/* ---- sizes ---- */

static vt_feed feed_of(const vt_features *f, vt_split split, isize first, isize wanted)
{
    const vt_config *c = &f->session->config;
    const vt_dataset_info *about = vt_dataset_about(f->session->dataset);
    isize left = about->images[split] - first;
    return (vt_feed){.dataset = f->session->dataset,
                     .view = vt_feed_view(c, about),
                     .seed = (uint64_t)c->seed,
                     .split = split,
                     .first = first,
                     .count = wanted > 0 ? vt_min(wanted, left) : left};
}

static vt_status size_feeds(vt_features *f, vt_error *err)
{
    const vt_config *c = &f->session->config;
    f->val = feed_of(f, VT_SPLIT_TRAIN, 0, c->probe_val_images);
    f->train = feed_of(f, VT_SPLIT_TRAIN, f->val.count, c->probe_train_images);
    f->test = feed_of(f, VT_SPLIT_TEST, 0, c->probe_test_images);
    if (f->train.count < 1 || f->test.count < 1)
        return vt_fail(err, VT_ERR_CONFIG,
                       "probe.val_images: %jd leaves no image of data set %s to %s",
                       (intmax_t)c->probe_val_images, c->data_name,
                       f->train.count < 1 ? "train on" : "test on");
    f->B = vt_min(c->probe_batch_images, f->train.count);
    f->steps = c->probe_epochs * f->train.count / f->B;
    f->shards = (int)vt_min((isize)c->train_shards, f->B);
    f->shard_images = (f->B + f->shards - 1) / f->shards;
    return VT_OK;
}

/* Blocks in the mean of the last ones; the mean of one block is that block. */
static int averaged(const vt_features *f)
{
    return (int)vt_min((isize)f->session->config.probe_average_last, f->shape.depth);
}

static vt_tap tap_of(const vt_features *f, int number)
{
    int depth = f->shape.depth, last = averaged(f);
    vt_tap tap = {.layer = -1, .number = number, .from = depth - last, .to = depth};
    if (f->pixels) {
        (void)snprintf(tap.name, sizeof tap.name, "pixels");
    } else if (number < depth) {
        tap.layer = tap.from = number;
        tap.to = number + 1;
        (void)snprintf(tap.name, sizeof tap.name, "block.%d", number);
    } else {
        (void)snprintf(tap.name, sizeof tap.name, "mean_last.%d", last);
    }
    return tap;
}

vt_status vt_features_size(vt_features *out, const vt_session *session, vt_taps taps, vt_error *err)
{
    vt_features *f = out;
    const vt_config *c = &session->config;
    *f = (vt_features){.session = session, .shape = vt_objective_trunk(c)};
    f->pixels = strcmp(c->probe_trunk, "pixels") == 0;
    f->mask = strcmp(c->probe_attention, "causal") == 0 ? VT_MASK_CAUSAL : VT_MASK_NONE;
    f->tap_count = f->pixels ? 1 : f->shape.depth + (averaged(f) > 1);
    if (taps == VT_TAPS_LAST) f->first_tap = f->tap_count - 1;
    f->tap_count -= f->first_tap;
    f->T = f->pixels ? 1 : vt_trunk_patches(&f->shape);
    f->D = f->pixels ? (isize)f->shape.channels * f->shape.image_px * f->shape.image_px
                     : f->shape.width;
    return size_feeds(f, err);
}

/* ---- storage ---- */

/* A trunk that sees all patches at once knows no order of them. */
static void plan_order(vt_features *f)
{
    vt_order order = vt_order_named(f->session->config.model_order);
    if (f->pixels || f->mask == VT_MASK_NONE || order == VT_ORDER_RASTER) return;
    f->places = VT_TAKE(&f->arena, int32_t, f->T);
    if (f->places) vt_order_fill(f->places, order, f->shape.image_px / f->shape.patch_px);
}

static void plan(vt_features *f)
{
    vt_arena *arena = &f->arena;
    vt_params counted = {0};
    vt_arena none = {0};
    int bf16 = vt_config_bf16(&f->session->config), workers = vt_pool_workers(f->session->pool);
    (void)vt_trunk_plan(&f->shape, &counted, &none);
    f->params = (vt_params){.info = VT_TAKE(arena, vt_param_info, counted.count),
                            .prefix = vt_objective_of(&f->session->config)->probed};
    f->params.values = VT_TAKE(arena, vt_real, counted.size);
    if (bf16) f->params.halves = VT_TAKE(arena, vt_bf16, counted.size);
    f->trunk = vt_trunk_plan(&f->shape, &f->params, arena);
    f->taps = VT_TAKE(arena, vt_tap, f->tap_count);
    for (int i = 0; i < f->tap_count; i++) {
        vt_tap tap = tap_of(f, f->first_tap + i);
        tap.values = VT_TAKE(arena, vt_real, f->B * f->T * f->D);
        if (f->taps) f->taps[i] = tap;
    }
    plan_order(f);
    f->bays = VT_TAKE(arena, vt_feature_bay, workers);
    isize pixels = (isize)f->shape.channels * f->shape.image_px * f->shape.image_px;
    for (int b = 0; b < workers; b++) {
        vt_feature_bay bay = {.images = VT_TAKE(arena, vt_real, f->shard_images * pixels)};
        if (!f->pixels) {
            vt_scratch_size size = vt_trunk_scratch_size(&f->shape, f->shard_images);
            size.half = bf16;
            size.recompute = 1;
            bay.saved = vt_trunk_saved_plan(&f->shape, f->shard_images, 1, arena);
            bay.trunk = vt_scratch_plan(arena, &size);
        }
        if (f->bays) f->bays[b] = bay;
    }
    f->statuses = VT_TAKE(arena, vt_status, f->shards);
    f->errors = VT_TAKE(arena, vt_error, f->shards);
    f->labels = VT_TAKE(arena, int32_t, f->B);
}

vt_status vt_features_open(vt_features *f, vt_error *err)
{
    plan(f);
    vt_status status = vt_arena_open(&f->arena, err);
    if (status != VT_OK) return status;
    plan(f);
    for (int b = 0; b < vt_pool_workers(f->session->pool) && status == VT_OK; b++)
        status = vt_view_scratch_open(&f->bays[b].reader, err);
    vt_params_init(f->params.values, f->params.info, f->params.count,
                   (uint64_t)f->session->config.seed);
    vt_features_refresh(f);
    return status;
}

void vt_features_close(vt_features *f)
{
    for (int b = 0; f->arena.base && b < vt_pool_workers(f->session->pool); b++)
        vt_view_scratch_close(&f->bays[b].reader);
    vt_arena_close(&f->arena);
}

void vt_features_say(const vt_features *f, vt_sink *sink)
{
    const vt_dataset_info *about = vt_dataset_about(f->session->dataset);
    const struct {
        const char *role;
        const vt_feed *feed;
    } parts[] = {{"train", &f->train}, {"val", &f->val}, {"test", &f->test}};
    if (f->input[0]) VT_EVENT(sink, INPUT, VT_S(f->input));
    for (int i = 0; i < 3; i++)
        VT_EVENT(sink, DATA, VT_S(parts[i].role), VT_S(about->name), VT_S(about->sha256),
                 VT_I(parts[i].feed->count), VT_I(about->classes));
}

void vt_features_refresh(vt_features *f)
{
    if (f->params.halves)
        vt_kernels_now()->round_bf16(f->params.halves, f->params.values, f->params.size);
}

vt_status vt_features_load(vt_features *f, vt_error *err)
{
    const vt_config *c = &f->session->config;
    const char *path = f->session->request.trunk;
    int control = f->pixels || strcmp(c->probe_trunk, "untrained") == 0;
    if (control && path)
        return vt_fail(err, VT_ERR_CONFIG,
                       "--trunk: probe.trunk is %s, a control that reads no checkpoint; set it to "
                       "the hash of the checkpoint's run",
                       c->probe_trunk);
    if (control) return VT_OK;
    if (!path)
        return vt_fail(err, VT_ERR_CONFIG,
                       "probe.trunk: %.12s is a run; name its checkpoint with --trunk FILE",
                       c->probe_trunk);
    vt_status status = vt_checkpoint_is_of(path, c->probe_trunk, err);
    if (status == VT_OK)
        status = vt_checkpoint_trunk(path, f->params.values, f->params.info, f->params.count,
                                     f->input, err);
    if (status == VT_OK) vt_features_refresh(f);
    return status;
}

/* ---- a batch ---- */

vt_range vt_features_shard(const vt_features *f, const vt_feature_batch *batch, isize shard)
{
    return (vt_range){batch->count * shard / f->shards, batch->count * (shard + 1) / f->shards};
}

int vt_features_read(vt_features *f, const vt_feature_batch *batch, isize shard, int worker)
{
    vt_range range = vt_features_shard(f, batch, shard);
    vt_feature_bay *bay = &f->bays[worker];
    isize pixels = (isize)f->shape.channels * f->shape.image_px * f->shape.image_px;
    vt_real *images = f->pixels ? f->taps[0].values + range.from * pixels : bay->images;
    vt_error *err = &f->errors[shard];
    vt_status status = VT_OK;
    for (isize i = range.from; i < range.to && status == VT_OK; i++, images += pixels) {
        isize place = batch->first + i;
        status = batch->augment
                     ? vt_feed_train(batch->feed, place, images, &f->labels[i], bay->reader, err)
                     : vt_feed_eval(batch->feed, place, images, &f->labels[i], bay->reader, err);
    }
    f->statuses[shard] = status;
    return status == VT_OK && range.to > range.from;
}

vt_pass vt_features_pass(const vt_features *f, vt_range images)
{
    return (vt_pass){.B = images.to - images.from,
                     .T = vt_trunk_tokens(&f->shape),
                     .mask = f->mask,
                     .tokens = {.places = f->places}};
}

/* The patch tokens of an image lie together, behind its class token where there is one. */
static void collect_tap(const vt_features *f, const vt_tap *tap, const vt_trunk_saved *saved,
                        vt_range images)
{
    isize tokens = vt_trunk_tokens(&f->shape), values = f->T * f->D;
    isize skipped = (tokens - f->T) * f->D;
    for (isize b = 0; b < images.to - images.from; b++) {
        vt_real *to = tap->values + (images.from + b) * values;
        isize at = b * tokens * f->D + skipped;
        memcpy(to, saved->blocks.out[tap->from] + at, (size_t)values * sizeof *to);
        for (int l = tap->from + 1; l < tap->to; l++)
            vt_kernels_now()->add(to, to, saved->blocks.out[l] + at, values);
        if (tap->to - tap->from == 1) continue;
        for (isize i = 0; i < values; i++) to[i] /= (vt_real)(tap->to - tap->from);
    }
}

void vt_features_collect(vt_features *f, const vt_trunk_saved *saved, vt_range images)
{
    for (int i = 0; i < f->tap_count; i++) collect_tap(f, &f->taps[i], saved, images);
}

vt_status vt_features_check(const vt_features *f, vt_error *err)
{
    for (int s = 0; s < f->shards; s++) {
        if (f->statuses[s] == VT_OK) continue;
        *err = f->errors[s];
        return f->statuses[s];
    }
    return VT_OK;
}

typedef struct {
    vt_features *features;
    const vt_feature_batch *batch;
} extraction;

static void extract_turn(void *context, isize shard, int worker)
{
    const extraction *e = context;
    vt_features *f = e->features;
    vt_feature_bay *bay = &f->bays[worker];
    if (!vt_features_read(f, e->batch, shard, worker) || f->pixels) return;
    vt_range images = vt_features_shard(f, e->batch, shard);
    vt_pass pass = vt_features_pass(f, images);
    vt_trunk_forward(&f->trunk, &bay->saved, &pass, bay->images, &bay->trunk);
    vt_features_collect(f, &bay->saved, images);
}

vt_status vt_features_extract(vt_features *f, const vt_feature_batch *batch, vt_error *err)
{
    extraction e = {f, batch};
    vt_pool_for(f->session->pool, f->shards, extract_turn, &e);
    return vt_features_check(f, err);
}
