#include "train/tuner.h"
#include "objective/objective.h"
#include "ops/kernels.h"
#include "train/stations.h"
#include <string.h>

/* ---- what learns ---- */

static void freeze_linear(vt_linear *p)
{
    p->weight.grad = p->bias.grad = NULL;
}

static void freeze_norm(vt_norm *p)
{
    p->weight.grad = p->bias.grad = NULL;
}

/* Nobody reads the last norm, nor a mask token; of low rank, attention's matrices change alone. */
static void freeze(vt_trunk *trunk, int low_rank)
{
    freeze_norm(&trunk->post_norm);
    trunk->embed.mask_token.grad = NULL;
    if (!low_rank) return;
    freeze_linear(&trunk->embed.patch);
    freeze_norm(&trunk->embed.norm);
    trunk->embed.class_token.grad = NULL;
    for (int l = 0; l < trunk->shape.depth; l++) {
        vt_block *block = &trunk->blocks.list[l];
        freeze_norm(&block->norm_1);
        freeze_norm(&block->norm_2);
        freeze_linear(&block->mlp.fc1);
        freeze_linear(&block->mlp.fc2);
    }
}

static int is_low_rank(const vt_config *c)
{
    return strcmp(c->tune_method, "lora") == 0;
}

static vt_lora lora_of(const vt_config *c)
{
    return (vt_lora){.rank = (int)c->tune_rank, .alpha = c->tune_alpha};
}

int64_t vt_tuner_trained(const vt_features *f, int64_t classes)
{
    const vt_config *c = &f->session->config;
    vt_params params = {0};
    vt_arena none = {0};
    vt_lora lora = lora_of(c);
    int64_t head = vt_head_params(VT_STATION_ATTENTIVE, f->D, classes);
    if (is_low_rank(c)) {
        vt_lora_plan(&lora, &f->shape, &params, &none);
        return params.numbers + head;
    }
    (void)vt_trunk_plan(&f->shape, &params, &none);
    return params.numbers - 2 * f->D - (f->shape.mask_token ? f->D : 0) + head;
}

/* The backward of a product costs one of it for its input and one for its weight; attention's
 * T x T products have two inputs. The embedding's input needs none. Of low rank, the gradients of
 * attention's weights are made whole, and W costs a product of its own. */
int64_t vt_tuner_flops(const vt_features *f, int64_t classes)
{
    const vt_config *c = &f->session->config;
    int64_t T = vt_trunk_tokens(&f->shape), C = f->D, L = f->shape.depth, r = c->tune_rank;
    int64_t embed = 2 * f->T * vt_patch_values(&f->shape) * C;
    int64_t products = 2 * T * 12 * C * C, mixing = 4 * T * T * C;
    int64_t forward = embed + L * (products + mixing);
    int64_t inputs = L * (products + 2 * mixing),
            head = vt_head_flops(VT_STATION_ATTENTIVE, f, classes);
    int64_t by_features = 4 * f->T * C * f->shape.heads;
    int64_t weights = is_low_rank(c) ? L * 2 * T * 4 * C * C : embed + L * products;
    int64_t merging = is_low_rank(c) ? L * 3 * 3 * 2 * C * C * r / f->B : 0;
    return forward + inputs + weights + merging + head + by_features;
}

/* ---- plan ---- */

static void plan_head(vt_tuner *t)
{
    const vt_features *f = t->features;
    const vt_config *c = &f->session->config;
    vt_bank_options options = {.kind = VT_PROBE_ATTENTIVE,
                               .images_max = f->B,
                               .tokens = f->T,
                               .width = f->D,
                               .heads = f->shape.heads,
                               .classes = vt_dataset_about(f->session->dataset)->classes,
                               .normalise = 1,
                               .count = 1,
                               .decays = &c->tune_weight_decay,
                               .beta1 = 0.9,
                               .beta2 = 0.999,
                               .eps = 1e-8,
                               .clip_norm = c->probe_clip_norm,
                               .seed = (uint64_t)c->seed,
                               .stream = vt_head_stream(f, &f->taps[0], VT_STATION_ATTENTIVE)};
    vt_bank_plan(&t->head, &options, &t->arena);
    t->kept_head = VT_TAKE(&t->arena, vt_real, t->head.state_count);
}

/* The optimiser's buffers, over the trunk's own values or over LoRA's. */
static void plan_optimiser(vt_tuner *t)
{
    vt_features *f = t->features;
    vt_arena *arena = &t->arena;
    const vt_params *learnt = &f->params;
    if (t->low_rank) {
        vt_params changes = {.info = t->changes.info};
        changes.values = VT_TAKE(arena, vt_real, t->changes.size);
        changes.grads = VT_TAKE(arena, vt_real, t->changes.size);
        vt_lora_plan(&t->lora, &f->shape, &changes, arena);
        t->changes = changes;
        learnt = &t->changes;
    }
    t->optim = (vt_optim){.value = learnt->values, .sum_count = 1};
    t->optim.half = t->low_rank ? NULL : f->params.halves;
    t->optim.m = VT_TAKE(arena, vt_real, learnt->size);
    t->optim.v = VT_TAKE(arena, vt_real, learnt->size);
    t->optim.sums = VT_TAKE(arena, vt_real *, 1);
    if (t->optim.sums) t->optim.sums[0] = t->low_rank ? t->changes.grads : t->params.grads;
    vt_optim_plan(&t->optim, learnt->info, learnt->count, arena);
}

static void plan(vt_tuner *t)
{
    vt_features *f = t->features;
    vt_arena *arena = &t->arena;
    isize size = f->params.size, tokens = vt_trunk_tokens(&f->shape);
    t->params = (vt_params){.values = VT_TAKE(arena, vt_real, size)};
    t->params.grads = VT_TAKE(arena, vt_real, size);
    t->kept = VT_TAKE(arena, vt_real, size);
    vt_params before = {.values = t->params.values};
    t->before = vt_trunk_plan(&f->shape, &before, arena);
    vt_params now = {.values = f->params.values,
                     .halves = f->params.halves,
                     .grads = t->params.grads,
                     .turns = t->turns};
    t->trunk = vt_trunk_plan(&f->shape, &now, arena);
    if (t->trunk.blocks.list) freeze(&t->trunk, t->low_rank);
    t->saved = VT_TAKE(arena, vt_trunk_saved, f->shards);
    for (int s = 0; s < f->shards; s++) {
        vt_trunk_saved saved = vt_trunk_saved_plan(&f->shape, f->shard_images, 0, arena);
        if (t->saved) t->saved[s] = saved;
    }
    t->dx = VT_TAKE(arena, vt_real, f->B * f->T * f->D);
    int spread = tokens > f->T ? vt_pool_workers(f->session->pool) : 0;
    t->dtokens = VT_TAKE(arena, vt_real *, spread);
    for (int w = 0; w < spread; w++) {
        vt_real *rows = VT_TAKE(arena, vt_real, f->shard_images * tokens * f->D);
        if (t->dtokens) t->dtokens[w] = rows;
    }
    plan_head(t);
    plan_optimiser(t);
}

/* What the plan itself reads: LoRA's table of parameters, and the gates. */
static vt_status open_table(vt_tuner *t, vt_error *err)
{
    vt_params counted = {0};
    vt_arena none = {0};
    vt_lora_plan(&t->lora, &t->features->shape, &counted, &none);
    for (int pass = 0; pass < 2; pass++) {
        t->changes = (vt_params){.info = VT_TAKE(&t->table, vt_param_info, counted.count)};
        vt_status status = pass == 0 ? vt_arena_open(&t->table, err) : VT_OK;
        if (status != VT_OK) return status;
    }
    vt_lora_plan(&t->lora, &t->features->shape, &t->changes, &none);
    return vt_turns_open(&t->turns, t->features->params.count, err);
}

vt_status vt_tuner_open(vt_tuner *out, vt_features *features, vt_error *err)
{
    vt_tuner *t = out;
    const vt_config *c = &features->session->config;
    *t = (vt_tuner){.features = features, .low_rank = is_low_rank(c), .lora = lora_of(c)};
    vt_status status = open_table(t, err);
    if (status == VT_OK) {
        plan(t);
        status = vt_arena_open(&t->arena, err);
        if (status == VT_OK) plan(t);
    }
    if (status == VT_OK)
        vt_tuner_load(t);
    else
        vt_error_context(err, "planning memory: a smaller probe.batch_images needs less");
    return status;
}

void vt_tuner_close(vt_tuner *t)
{
    vt_turns_close(&t->turns);
    vt_arena_close(&t->arena);
    vt_arena_close(&t->table);
}

/* ---- values ---- */

static void copy(vt_real *to, const vt_real *from, isize count)
{
    memcpy(to, from, (size_t)count * sizeof *to);
}

void vt_tuner_load(vt_tuner *t)
{
    copy(t->params.values, t->features->params.values, t->features->params.size);
}

void vt_tuner_reset(vt_tuner *t)
{
    vt_features *f = t->features;
    isize size = t->low_rank ? t->changes.size : f->params.size;
    copy(f->params.values, t->params.values, f->params.size);
    vt_features_refresh(f);
    for (int l = 0; t->low_rank && l < f->shape.depth; l++)
        vt_lora_init(&t->lora, (uint64_t)f->session->config.seed, l);
    memset(t->optim.m, 0, (size_t)size * sizeof(vt_real));
    memset(t->optim.v, 0, (size_t)size * sizeof(vt_real));
    vt_bank_init(&t->head);
}

void vt_tuner_keep(vt_tuner *t)
{
    copy(t->kept, t->features->params.values, t->features->params.size);
    copy(t->kept_head, t->head.state, t->head.state_count);
}

void vt_tuner_restore(vt_tuner *t)
{
    copy(t->features->params.values, t->kept, t->features->params.size);
    copy(t->head.state, t->kept_head, t->head.state_count);
    vt_features_refresh(t->features);
}

/* ---- one step ---- */

typedef struct {
    vt_tuner *tuner;
    const vt_feature_batch *batch;
} tuning_step;

static void forward_turn(void *context, isize shard, int worker)
{
    const tuning_step *w = context;
    vt_features *f = w->tuner->features;
    vt_range images = vt_features_shard(f, w->batch, shard);
    vt_feature_bay *bay = &f->bays[worker];
    vt_trunk_saved *saved = &w->tuner->saved[shard];
    if (!vt_features_read(f, w->batch, shard, worker)) return;
    vt_pass pass = vt_features_pass(f, images);
    vt_trunk_forward(&w->tuner->trunk, saved, &pass, bay->images, &bay->trunk);
    vt_features_collect(f, saved, images);
}

/* Gradients of all tokens of a shard, from those of its patches. */
static const vt_real *tokens_gradient(const vt_tuner *t, vt_range images, int worker)
{
    const vt_features *f = t->features;
    isize tokens = vt_trunk_tokens(&f->shape), rows = f->T * f->D;
    const vt_real *dx = t->dx + images.from * rows;
    if (tokens == f->T) return dx;
    vt_real *all = t->dtokens[worker];
    for (isize b = 0; b < images.to - images.from; b++) {
        vt_real *image = all + b * tokens * f->D;
        memset(image, 0, (size_t)((tokens - f->T) * f->D) * sizeof *image);
        copy(image + (tokens - f->T) * f->D, dx + b * rows, rows);
    }
    return all;
}

static void backward_turn(void *context, isize shard, int worker)
{
    const tuning_step *w = context;
    vt_tuner *t = w->tuner;
    vt_features *f = t->features;
    vt_range images = vt_features_shard(f, w->batch, shard);
    vt_scratch *scratch = &f->bays[worker].trunk;
    vt_pass pass = vt_features_pass(f, images);
    scratch->turn = shard;
    vt_trunk_backward_from(&t->trunk, &t->saved[shard], &pass, tokens_gradient(t, images, worker),
                           f->taps[0].from, scratch);
}

static void change_turn(void *context, isize l, int worker)
{
    (void)worker;
    const tuning_step *w = context;
    vt_lora_backward(&w->tuner->lora, &w->tuner->trunk.blocks.list[l].attn, (int)l);
}

static void merge_turn(void *context, isize l, int worker)
{
    (void)worker;
    const tuning_step *w = context;
    vt_tuner *t = w->tuner;
    vt_lora_merge(&t->lora, &t->before.blocks.list[l].attn, &t->trunk.blocks.list[l].attn, (int)l);
}

static void learn_head(vt_tuner *t, double lr, double *loss)
{
    const vt_features *f = t->features;
    const vt_tap *tap = &f->taps[0];
    isize count = f->B * f->T * f->D;
    vt_bank_forward(&t->head, tap->values, f->B, VT_BANK_TRAIN);
    vt_bank_loss(&t->head, f->labels, f->B, loss);
    vt_bank_backward(&t->head, tap->values, f->B);
    vt_bank_input_gradient(&t->head, tap->values, f->B, t->dx);
    for (isize i = 0; i < count; i++) t->dx[i] /= (vt_real)(tap->to - tap->from);
    vt_bank_update(&t->head, &lr);
}

vt_status vt_tuner_step(vt_tuner *t, int64_t step, double lr, double head_lr, double *loss,
                        vt_error *err)
{
    vt_features *f = t->features;
    const vt_config *c = &f->session->config;
    vt_pool *pool = f->session->pool;
    vt_feature_batch batch = {&f->train, step * f->B, f->B, 1};
    tuning_step work = {t, &batch};
    vt_pool_for(pool, f->shards, forward_turn, &work);
    vt_status status = vt_features_check(f, err);
    if (status != VT_OK) return status;
    learn_head(t, head_lr, loss);
    vt_turns_reset(t->turns);
    vt_pool_for(pool, f->shards, backward_turn, &work);
    if (t->low_rank) vt_pool_for(pool, f->shape.depth, change_turn, &work);
    vt_optim_step_options options = {.lr = lr,
                                     .beta1 = 0.9,
                                     .beta2 = 0.999,
                                     .eps = 1e-8,
                                     .weight_decay = c->tune_weight_decay,
                                     .clip_norm = c->probe_clip_norm,
                                     .step = step + 1};
    (void)vt_optim_step(&t->optim, pool, &options);
    if (t->low_rank) vt_pool_for(pool, f->shape.depth, merge_turn, &work);
    return VT_OK;
}
