#include "train/trainer.h"
#include <math.h>
#include <string.h>

static isize shard_first(const vt_trainer *t, isize images, isize shard)
{
    return images * shard / t->shard_count;
}

/* ---- plan ---- */

static void plan(vt_trainer *t)
{
    vt_aim_shape shape = vt_config_shape(&t->config);
    vt_arena *arena = &t->arena;
    vt_params counted = {0};
    vt_arena none = {0};
    (void)vt_aim_plan(&shape, &counted, &none);
    isize pixels = (isize)shape.trunk.channels * shape.trunk.image_px * shape.trunk.image_px;

    t->params = (vt_params){.info = VT_TAKE(arena, vt_param_info, counted.count)};
    t->params.values = VT_TAKE(arena, vt_real, counted.size);
    t->optim.value = t->params.values;
    t->optim.m = VT_TAKE(arena, vt_real, counted.size);
    t->optim.v = VT_TAKE(arena, vt_real, counted.size);
    t->optim.grad = VT_TAKE(arena, vt_real, counted.size);
    vt_aim whole = vt_aim_plan(&shape, &t->params, arena);
    t->shards = VT_TAKE(arena, vt_shard, t->shard_count);
    t->shard_grads = VT_TAKE(arena, vt_real *, t->shard_count);
    for (int s = 0; s < t->shard_count; s++) {
        vt_params view = {.values = t->params.values};
        view.grads = VT_TAKE(arena, vt_real, counted.size);
        vt_aim aim = vt_aim_plan(&shape, &view, arena);
        if (!t->shards) continue;
        t->shards[s] = (vt_shard){.aim = aim, .grads = view.grads};
        t->shard_grads[s] = view.grads;
    }
    t->bays = VT_TAKE(arena, vt_bay, t->bay_count);
    for (int b = 0; b < t->bay_count; b++) {
        vt_bay bay = {0};
        bay.saved = vt_aim_saved_plan(&whole, t->bay_images, 0, arena);
        bay.images = VT_TAKE(arena, vt_real, t->bay_images * pixels);
        bay.labels = VT_TAKE(arena, int32_t, t->bay_images);
        bay.prefix_len = VT_TAKE(arena, int32_t, t->bay_images);
        if (t->bays) t->bays[b] = bay;
    }
    if (t->params.info) vt_optim_plan(&t->optim, t->params.info, t->params.count, arena);
}

/* The optimiser's pieces follow from the table, which a counting plan does not have. */
static vt_status plan_all(vt_trainer *t, vt_error *err)
{
    plan(t);
    vt_arena table = {0};
    vt_params params = {0};
    vt_aim_shape shape = vt_config_shape(&t->config);
    params.info = VT_TAKE(&table, vt_param_info, t->params.count);
    vt_status status = vt_arena_open(&table, err);
    if (status != VT_OK) return status;
    params.info = VT_TAKE(&table, vt_param_info, t->params.count);
    vt_arena none = {0};
    (void)vt_aim_plan(&shape, &params, &none);
    vt_optim_plan(&t->optim, params.info, params.count, &t->arena);
    vt_arena_close(&table);
    status = vt_arena_open(&t->arena, err);
    if (status == VT_OK) plan(t);
    return status;
}

static vt_feed feed_of(const vt_trainer *t, const vt_dataset *dataset, vt_split split, isize count)
{
    const vt_dataset_info *about = vt_dataset_about(dataset);
    isize all = about->images[split];
    vt_feed feed = {
        .dataset = dataset, .seed = (uint64_t)t->config.seed, .split = split, .T = t->T};
    feed.count = count > 0 ? vt_min(count, all) : all;
    feed.view = vt_config_view(&t->config, about);
    return feed;
}

vt_status vt_trainer_open(vt_trainer *out, const vt_config *config, const vt_dataset *dataset,
                          vt_pool *pool, vt_error *err)
{
    vt_trainer *t = out;
    vt_aim_shape shape = vt_config_shape(config);
    *t = (vt_trainer){.config = *config, .pool = pool};
    t->shard_count = (int)config->train_shards;
    t->bay_count = vt_pool_workers(pool);
    t->bay_images = (config->optim_batch_images + t->shard_count - 1) / t->shard_count;
    t->T = vt_trunk_tokens(&shape.trunk);
    t->train = feed_of(t, dataset, VT_SPLIT_TRAIN, config->data_images_max);
    t->held_out = feed_of(t, dataset, VT_SPLIT_TEST, config->eval_images);
    if (t->train.count < 1 || t->held_out.count < 1)
        return vt_fail(err, VT_ERR_CONFIG, "data.name: %s has no images in its %s split",
                       config->data_name, t->train.count < 1 ? "training" : "test");
    vt_status status = plan_all(t, err);
    if (status != VT_OK) vt_error_context(err, "planning memory: a smaller batch needs less");
    for (int b = 0; b < t->bay_count && status == VT_OK; b++)
        status = vt_view_scratch_open(&t->bays[b].scratch, err);
    if (status == VT_OK) {
        t->optim.shards = t->shard_grads;
        t->optim.shard_count = t->shard_count;
    } else {
        vt_trainer_close(t);
    }
    return status;
}

void vt_trainer_reset(vt_trainer *t)
{
    vt_params_init(t->params.values, t->params.info, t->params.count, (uint64_t)t->config.seed);
    memset(t->optim.m, 0, (size_t)t->params.size * sizeof *t->optim.m);
    memset(t->optim.v, 0, (size_t)t->params.size * sizeof *t->optim.v);
    t->step = 0;
}

void vt_trainer_close(vt_trainer *t)
{
    for (int b = 0; t->bays && b < t->bay_count; b++) vt_view_scratch_close(&t->bays[b].scratch);
    t->bays = NULL;
    vt_arena_close(&t->arena);
}

/* ---- one step ---- */

static vt_mask_kind train_mask(const vt_trainer *t)
{
    return strcmp(t->config.model_attention, "causal") == 0 ? VT_MASK_CAUSAL : VT_MASK_PREFIX;
}

/* Pairs of the whole batch: known before any image is read. */
static isize batch_pairs(const vt_trainer *t)
{
    isize B = t->config.optim_batch_images, pairs = 0;
    if (train_mask(t) == VT_MASK_CAUSAL) return B * (t->T - 1);
    for (isize slot = 0; slot < B; slot++) pairs += t->T - vt_feed_prefix(&t->train, t->step, slot);
    return pairs;
}

static isize pixels_of(const vt_trainer *t)
{
    return t->config.data_channels * t->config.data_image_px * t->config.data_image_px;
}

typedef struct {
    vt_trainer *trainer;
    isize pairs; /* of the batch */
} step_context;

static void shard_turn(void *context, isize index, int worker)
{
    const step_context *c = context;
    vt_trainer *t = c->trainer;
    vt_shard *shard = &t->shards[index];
    vt_bay *bay = &t->bays[worker];
    isize B = t->config.optim_batch_images;
    isize first = shard_first(t, B, index), count = shard_first(t, B, index + 1) - first;
    vt_pass pass = {count, t->T, train_mask(t), bay->prefix_len};
    shard->status = VT_OK;
    for (isize i = 0; i < count && shard->status == VT_OK; i++) {
        isize slot = first + i;
        bay->prefix_len[i] = vt_feed_prefix(&t->train, t->step, slot);
        shard->status = vt_feed_train(&t->train, t->step * B + slot, bay->images + i * pixels_of(t),
                                      &bay->labels[i], bay->scratch, &shard->err);
    }
    if (shard->status != VT_OK) return;
    memset(shard->grads, 0, (size_t)t->params.size * sizeof *shard->grads);
    vt_aim_forward(&shard->aim, &bay->saved, &pass, bay->images);
    shard->loss = vt_aim_loss(&shard->aim, &bay->saved, &pass, c->pairs);
    vt_aim_backward(&shard->aim, &bay->saved, &pass);
}

vt_status vt_trainer_step(vt_trainer *t, vt_step_result *result, vt_error *err)
{
    const vt_config *config = &t->config;
    vt_schedule schedule = vt_config_schedule(config);
    step_context context = {t, batch_pairs(t)};
    double loss = 0;
    vt_pool_for(t->pool, t->shard_count, shard_turn, &context);
    for (int s = 0; s < t->shard_count; s++) {
        if (t->shards[s].status != VT_OK) {
            *err = t->shards[s].err;
            return t->shards[s].status;
        }
        loss += t->shards[s].loss;
    }
    *result = (vt_step_result){.loss = loss / (double)context.pairs,
                               .grad_norm = (double)NAN,
                               .lr = vt_schedule_at(&schedule, t->step)};
    if (!isfinite(result->loss)) return VT_OK;
    vt_optim_step_options options = {.lr = result->lr,
                                     .beta1 = config->optim_beta1,
                                     .beta2 = config->optim_beta2,
                                     .eps = config->optim_eps,
                                     .weight_decay = config->optim_weight_decay,
                                     .clip_norm = config->optim_clip_norm,
                                     .step = t->step + 1};
    result->grad_norm = vt_optim_step(&t->optim, t->pool, &options);
    if (isfinite(result->grad_norm)) t->step++;
    return VT_OK;
}

/* ---- validation ---- */

typedef struct {
    vt_trainer *trainer;
    vt_mask_kind mask;
    isize first; /* of this round of shards */
} eval_context;

static void eval_turn(void *context, isize index, int worker)
{
    const eval_context *c = context;
    vt_trainer *t = c->trainer;
    vt_shard *shard = &t->shards[index];
    vt_bay *bay = &t->bays[worker];
    isize first = c->first + index * t->bay_images;
    isize count = vt_min(t->bay_images, t->held_out.count - first);
    shard->status = VT_OK;
    shard->loss = 0;
    shard->pairs = 0;
    if (count <= 0) return;
    vt_pass pass = {count, t->T, c->mask, bay->prefix_len};
    for (isize i = 0; i < count && shard->status == VT_OK; i++) {
        bay->prefix_len[i] = vt_feed_prefix_eval(&t->held_out, first + i);
        shard->status = vt_feed_eval(&t->held_out, first + i, bay->images + i * pixels_of(t),
                                     &bay->labels[i], bay->scratch, &shard->err);
    }
    if (shard->status != VT_OK) return;
    shard->pairs = vt_aim_pairs(&pass);
    vt_aim_forward(&shard->aim, &bay->saved, &pass, bay->images);
    shard->loss = vt_aim_loss(&shard->aim, &bay->saved, &pass, 1);
}

vt_status vt_trainer_validate(vt_trainer *t, vt_mask_kind mask, double *loss, vt_error *err)
{
    double sum = 0;
    isize pairs = 0;
    for (isize first = 0; first < t->held_out.count; first += t->shard_count * t->bay_images) {
        if (t->stopping && t->stopping(t->stopping_context))
            return vt_fail(err, VT_ERR_CANCELLED, "asked to stop in a validation");
        eval_context context = {t, mask, first};
        vt_pool_for(t->pool, t->shard_count, eval_turn, &context);
        for (int s = 0; s < t->shard_count; s++) {
            if (t->shards[s].status != VT_OK) {
                *err = t->shards[s].err;
                return t->shards[s].status;
            }
            sum += t->shards[s].loss;
            pairs += t->shards[s].pairs;
        }
    }
    *loss = sum / (double)pairs;
    return VT_OK;
}
