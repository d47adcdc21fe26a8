#include "train/learner.h"
#include "optim/schedule.h"
#include <math.h>
#include <string.h>

/* Of a product: enough for two workers to end together, few enough to be large. */
enum { SLICES = 4 };

/* ---- plan ---- */

/* A model over the learner's values, with these gradients; params gets to know all parameters. */
static void *view_plan(vt_learner *l, vt_params *params, vt_real *grads, vt_turns *turns)
{
    vt_params state = {.values = l->state.values, .prefix = NULL};
    *params = (vt_params){
        .values = l->params.values, .halves = l->optim.half, .grads = grads, .turns = turns};
    return l->objective->plan(&l->config, params, &state, &l->arena);
}

/* With recompute, weights are rounded at each use too: a copy of all would be what is left. What is
 * kept beside the parameters has no copy in any case. */
static isize largest_weight(const vt_learner *l)
{
    const vt_params *tables[] = {&l->params, &l->state};
    isize most = 0;
    for (int t = l->optim.half ? 1 : 0; t < 2; t++) {
        for (isize p = 0; p < tables[t]->count; p++) {
            isize numbers = tables[t]->info[p].rows * tables[t]->info[p].cols;
            most = numbers > most ? numbers : most;
        }
    }
    return most;
}

static void plan_values(vt_learner *l)
{
    const vt_config *c = &l->config;
    vt_arena *arena = &l->arena;
    isize size = l->params.size;
    l->params.values = l->optim.value = VT_TAKE(arena, vt_real, size);
    l->optim.m = VT_TAKE(arena, vt_real, size);
    l->optim.v = VT_TAKE(arena, vt_real, size);
    if (vt_config_bf16(c) && !c->train_recompute) l->optim.half = VT_TAKE(arena, vt_bf16, size);
    l->state.values = VT_TAKE(arena, vt_real, l->state.size);
}

static void plan_views(vt_learner *l)
{
    int sums = (int)l->config.train_sums;
    l->optim.sum_count = sums;
    l->optim.sums = VT_TAKE(&l->arena, vt_real *, sums);
    void **models = VT_TAKE(&l->arena, void *, sums);
    for (int s = 0; s < sums; s++) {
        vt_params params;
        vt_real *grads = VT_TAKE(&l->arena, vt_real, l->params.size);
        void *model = view_plan(l, &params, grads, l->turns ? l->turns[s] : NULL);
        if (!models) continue;
        models[s] = model;
        l->optim.sums[s] = grads;
    }
    l->models = models;
}

static void plan_bays(vt_learner *l)
{
    const vt_config *c = &l->config;
    int workers = vt_pool_workers(l->pool);
    l->bays = VT_TAKE(&l->arena, vt_bay, workers);
    vt_scratch_size scratch = l->objective->scratch_size(c, l->shard_images);
    scratch.half = vt_config_bf16(c);
    scratch.recompute = c->train_recompute;
    if (scratch.half) scratch.weight = largest_weight(l);
    for (int b = 0; b < workers; b++) {
        vt_bay bay;
        bay.saved = l->objective->plan_saved(c, l->shard_images, c->train_recompute, &l->arena);
        bay.scratch = vt_scratch_plan(&l->arena, &scratch);
        bay.scratch.pool = l->pool;
        if (l->bays) l->bays[b] = bay;
    }
}

static void plan(vt_learner *l)
{
    const vt_config *c = &l->config;
    vt_arena *arena = &l->arena;
    isize batch = c->optim_batch_images;
    plan_values(l);
    plan_views(l);
    plan_bays(l);
    if (l->objective->plan_batch) l->batch = l->objective->plan_batch(c, batch, arena);
    l->images = VT_TAKE(arena, vt_real, batch * l->pixels);
    l->draws = VT_TAKE(arena, int32_t, batch * l->draw_count);
    l->by_token = VT_TAKE(arena, double, c->train_shards * l->T);
    l->parts = VT_TAKE(arena, vt_part_loss, c->train_shards);
    vt_deal_plan(&l->deal, batch, c->train_shards, l->T, arena);
    l->dealt_draws = VT_TAKE(arena, int32_t, batch * l->draw_count);
    vt_optim_plan(&l->optim, l->params.info, l->params.count, arena);
}

/* What the plan itself reads: the tables of parameters and of state, and the gates. */
static vt_status open_table(vt_learner *l, vt_error *err)
{
    vt_params params = {0}, state = {0};
    vt_arena none = {0};
    (void)l->objective->plan(&l->config, &params, &state, &none);
    for (int pass = 0; pass < 2; pass++) {
        l->params = (vt_params){.info = VT_TAKE(&l->table, vt_param_info, params.count)};
        l->state = (vt_params){.info = VT_TAKE(&l->table, vt_param_info, state.count)};
        l->turns = VT_TAKE(&l->table, vt_turns *, l->config.train_sums);
        vt_status status = pass == 0 ? vt_arena_open(&l->table, err) : VT_OK;
        if (status != VT_OK) return status;
    }
    (void)l->objective->plan(&l->config, &l->params, &l->state, &none);
    for (int s = 0; s < l->config.train_sums; s++) {
        vt_status status = vt_turns_open(&l->turns[s], l->params.count, err);
        if (status != VT_OK) return status;
    }
    return VT_OK;
}

vt_status vt_learner_open(vt_learner *out, const vt_config *config, vt_pool *pool, vt_error *err)
{
    vt_learner *l = out;
    isize batch = config->optim_batch_images, shards = config->train_shards;
    *l = (vt_learner){.config = *config, .objective = vt_objective_of(config), .pool = pool};
    vt_trunk_shape trunk = vt_objective_trunk(config);
    l->T = vt_trunk_tokens(&trunk);
    VT_ASSERT(config->train_sums >= 1 && config->train_sums <= shards && batch >= 1);
    l->pixels = vt_objective_values(config);
    l->draw_count = l->objective->draws ? l->objective->draws(config) : 0;
    l->shard_images = (batch + shards - 1) / shards;
    vt_status status = open_table(l, err);
    if (status == VT_OK) {
        plan(l);
        status = vt_arena_open(&l->arena, err);
        if (status == VT_OK) plan(l);
    }
    if (status != VT_OK) {
        vt_error_context(err, "planning memory: a smaller batch or train.recompute needs less");
        vt_learner_close(l);
    }
    return status;
}

void vt_learner_close(vt_learner *l)
{
    for (int s = 0; l->turns && s < l->config.train_sums; s++) vt_turns_close(&l->turns[s]);
    l->turns = NULL;
    vt_arena_close(&l->arena);
    vt_arena_close(&l->table);
}

static vt_whole whole_of(vt_learner *l, int64_t steps_done)
{
    return (vt_whole){.config = &l->config,
                      .model = l->models[0],
                      .batch = l->batch,
                      .B = l->config.optim_batch_images,
                      .progress = (double)steps_done / (double)l->config.optim_steps,
                      .params = &l->params,
                      .state = &l->state,
                      .pool = l->pool};
}

void vt_learner_reset(vt_learner *l, uint64_t seed)
{
    size_t bytes = (size_t)l->params.size * sizeof(vt_real);
    vt_params_init(l->params.values, l->params.info, l->params.count, seed);
    memset(l->optim.m, 0, bytes);
    memset(l->optim.v, 0, bytes);
    vt_whole whole = whole_of(l, 0);
    if (l->objective->start) l->objective->start(&whole);
    vt_learner_refresh(l);
}

void vt_learner_refresh(vt_learner *l)
{
    if (l->optim.half)
        vt_kernels_now()->round_bf16(l->optim.half, l->params.values, l->params.size);
}

/* ---- shards ---- */

/* Deals the images out; the choices of each follow it. Returns how many targets there are. */
static isize deal(vt_learner *l)
{
    isize batch = l->config.optim_batch_images, count = l->draw_count;
    for (isize b = 0; b < batch; b++) {
        isize targets = l->objective->pairs(&l->config, l->draws + b * count);
        VT_ASSERT(targets >= 0 && targets <= l->T);
        l->deal.targets[b] = (int32_t)targets;
    }
    isize pairs = vt_deal_out(&l->deal);
    for (isize b = 0; b < batch; b++)
        memcpy(l->dealt_draws + b * count, l->draws + l->deal.dealt[b] * count,
               (size_t)count * sizeof *l->draws);
    return pairs;
}

/* ---- one step ---- */

typedef struct {
    vt_learner *learner;
    isize pairs; /* of the whole batch */
    double progress;
    int pass;
} step_work;

/* A pass over all shards comes before the next, so its turns do, too. */
static isize turn_of(const step_work *w, isize shard)
{
    isize shards = w->learner->config.train_shards, sums = w->learner->config.train_sums;
    isize sharing = (shards - shard % sums + sums - 1) / sums;
    return w->pass * sharing + shard / sums;
}

/* While the last shards are computed, other workers have none left, and take slices of these: all
 * end together. Which shards are cut follows from their number, as slices may round differently:
 * the last quarter, rounded up. */
static int slices_of(const vt_learner *l, isize shard)
{
    return shard >= l->config.train_shards * 3 / 4 ? SLICES : 1;
}

/* worker -1: nothing is computed. */
static vt_shard shard_at(const step_work *w, isize shard, int worker)
{
    vt_learner *l = w->learner;
    isize first = l->deal.first[shard], sums = l->config.train_sums;
    vt_bay *bay = worker < 0 ? NULL : &l->bays[worker];
    if (bay) bay->scratch.turn = turn_of(w, shard);
    if (bay) bay->scratch.slices = slices_of(l, shard);
    return (vt_shard){.config = &l->config,
                      .model = l->models[shard % sums],
                      .saved = bay ? bay->saved : NULL,
                      .batch = l->batch,
                      .B = l->deal.first[shard + 1] - first,
                      .pass = w->pass,
                      .images = l->images,
                      .image_of = l->deal.dealt + first,
                      .draws = l->dealt_draws + first * l->draw_count,
                      .pairs_batch = w->pairs,
                      .progress = w->progress,
                      .codebook = l->codebook,
                      .scratch = bay ? &bay->scratch : NULL};
}

static void prepare_turn(void *context, isize shard, int worker)
{
    const step_work *w = context;
    vt_shard at = shard_at(w, shard, worker);
    w->learner->objective->prepare(&at);
}

static void learn_turn(void *context, isize shard, int worker)
{
    const step_work *w = context;
    vt_shard at = shard_at(w, shard, worker);
    w->learner->parts[shard].sum += w->learner->objective->learn(&at);
}

/* Loss and gradients of the batch. */
static double learn(vt_learner *l, int64_t steps_done)
{
    const vt_objective *objective = l->objective;
    isize shards = l->config.train_shards;
    vt_whole whole = whole_of(l, steps_done);
    step_work w = {.learner = l, .pairs = deal(l), .progress = whole.progress};
    double sum = 0;
    if (objective->prepare) vt_pool_for(l->pool, shards, prepare_turn, &w);
    if (objective->settle) objective->settle(&whole);
    for (int s = 0; s < l->config.train_sums; s++) vt_turns_reset(l->turns[s]);
    for (isize s = 0; s < shards; s++) l->parts[s].sum = 0;
    for (w.pass = 0; w.pass < objective->passes; w.pass++)
        vt_pool_for(l->pool, shards, learn_turn, &w);
    for (isize s = 0; s < shards; s++) sum += l->parts[s].sum;
    return sum / (double)w.pairs;
}

/* Of the step after so many: along half a cosine from the first one's to the last one's. */
static double weight_decay_at(const vt_config *c, int64_t steps_done)
{
    vt_schedule schedule = {.peak = c->optim_weight_decay,
                            .final = c->optim_weight_decay * c->optim_weight_decay_growth,
                            .steps = c->optim_steps};
    return vt_schedule_at(&schedule, steps_done);
}

vt_learner_result vt_learner_step(vt_learner *l, double lr, int64_t step)
{
    const vt_config *c = &l->config;
    vt_learner_result result = {.loss = learn(l, step - 1), .grad_norm = (double)NAN};
    if (!isfinite(result.loss)) return result;
    vt_optim_step_options options = {.lr = lr,
                                     .beta1 = c->optim_beta1,
                                     .beta2 = c->optim_beta2,
                                     .eps = c->optim_eps,
                                     .weight_decay = weight_decay_at(c, step - 1),
                                     .clip_norm = c->optim_clip_norm,
                                     .clip_each = c->optim_clip_each,
                                     .step = step};
    result.grad_norm = vt_optim_step(&l->optim, l->pool, &options);
    vt_whole whole = whole_of(l, step - 1);
    if (l->objective->finish && isfinite(result.grad_norm)) l->objective->finish(&whole);
    return result;
}

void vt_learner_draw(vt_learner *l, isize slot, vt_rng rng)
{
    if (l->objective->draw)
        l->objective->draw(&l->config, l->draws + slot * l->draw_count, rng, slot);
}

void vt_learner_measure(vt_learner *l, int64_t step, double *values)
{
    vt_whole whole = whole_of(l, step - 1);
    l->objective->measure(&whole, values);
}

int64_t vt_learner_flops(vt_learner *l)
{
    int64_t flops = 0;
    step_work w = {.learner = l, .pairs = deal(l)};
    for (isize s = 0; s < l->config.train_shards; s++) {
        vt_shard at = shard_at(&w, s, -1);
        flops += l->objective->flops(&at, l->config.train_recompute);
    }
    return flops;
}

/* ---- evaluation ---- */

typedef struct {
    vt_learner *learner;
    isize images;
    int loss;
} evaluation;

/* The images from first on that one turn evaluates, dealt as they stand. */
static vt_shard part_at(const evaluation *e, isize turn, int worker)
{
    vt_learner *l = e->learner;
    isize first = vt_min(turn * l->shard_images, e->images);
    vt_bay *bay = &l->bays[worker];
    bay->scratch.slices = 1;
    return (vt_shard){.config = &l->config,
                      .model = l->models[0],
                      .saved = bay->saved,
                      .batch = l->batch,
                      .B = vt_min(l->shard_images, e->images - first),
                      .images = l->images,
                      .image_of = l->deal.dealt + first,
                      .draws = l->draws + first * l->draw_count,
                      .pairs_batch = 1,
                      .progress = 1,
                      .codebook = l->codebook,
                      .by_token = l->config.eval_chunks > 0 ? l->by_token + turn * l->T : NULL,
                      .scratch = &bay->scratch};
}

static void prepare_part(void *context, isize turn, int worker)
{
    const evaluation *e = context;
    vt_shard at = part_at(e, turn, worker);
    if (at.B > 0) e->learner->objective->prepare(&at);
}

static void evaluate_part(void *context, isize turn, int worker)
{
    const evaluation *e = context;
    vt_shard at = part_at(e, turn, worker);
    e->learner->parts[turn] = (vt_part_loss){0};
    if (at.by_token) memset(at.by_token, 0, (size_t)e->learner->T * sizeof *at.by_token);
    if (at.B > 0) e->learner->parts[turn] = e->learner->objective->evaluate(&at, e->loss);
}

vt_part_loss vt_learner_evaluate(vt_learner *l, isize count, int loss)
{
    evaluation e = {l, count, loss};
    vt_part_loss all = {0};
    vt_whole whole = whole_of(l, l->config.optim_steps);
    whole.B = count;
    for (isize i = 0; i < count; i++) l->deal.dealt[i] = (int32_t)i;
    if (l->objective->prepare) vt_pool_for(l->pool, l->config.train_shards, prepare_part, &e);
    if (l->objective->settle) l->objective->settle(&whole);
    vt_pool_for(l->pool, l->config.train_shards, evaluate_part, &e);
    for (isize s = 0; s < l->config.train_shards; s++) {
        all.sum += l->parts[s].sum;
        all.pairs += l->parts[s].pairs;
    }
    return all;
}

void vt_learner_by_token(const vt_learner *l, double *sums)
{
    memset(sums, 0, (size_t)l->T * sizeof *sums);
    for (isize s = 0; s < l->config.train_shards; s++)
        for (isize t = 0; t < l->T; t++) sums[t] += l->by_token[s * l->T + t];
}

int vt_learner_imagine(vt_learner *l, isize count, const vt_imagined *out)
{
    evaluation e = {l, count, 0};
    VT_ASSERT(count <= l->shard_images);
    for (isize i = 0; i < count; i++) l->deal.dealt[i] = (int32_t)i;
    vt_shard at = part_at(&e, 0, 0);
    return l->objective->imagine ? l->objective->imagine(&at, out) : 0;
}
