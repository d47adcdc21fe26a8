#include "train/learner.h"
#include <math.h>
#include <string.h>

/* ---- plan ---- */

static vt_aim view_plan(vt_learner *l, vt_params *params, vt_real *grads, vt_turns *turns)
{
    *params = (vt_params){
        .values = l->params.values, .halves = l->optim.half, .grads = grads, .turns = turns};
    return vt_aim_plan(&l->options.shape, params, &l->arena);
}

/* With recompute, weights are rounded at each use too: a copy of all would be what is left. */
static isize largest_weight(const vt_learner *l)
{
    isize most = 0;
    for (isize p = 0; p < l->params.count; p++) {
        isize numbers = l->params.info[p].rows * l->params.info[p].cols;
        most = numbers > most ? numbers : most;
    }
    return most;
}

static void plan(vt_learner *l, isize size)
{
    const vt_learner_options *o = &l->options;
    vt_arena *arena = &l->arena;
    int workers = vt_pool_workers(l->pool);
    l->params.values = l->optim.value = VT_TAKE(arena, vt_real, size);
    l->optim.m = VT_TAKE(arena, vt_real, size);
    l->optim.v = VT_TAKE(arena, vt_real, size);
    if (o->precision == VT_BF16 && !o->recompute) l->optim.half = VT_TAKE(arena, vt_bf16, size);
    l->optim.sum_count = o->sums;
    l->optim.sums = VT_TAKE(arena, vt_real *, o->sums);
    vt_aim *views = VT_TAKE(arena, vt_aim, o->sums);
    vt_params params;
    vt_aim view = {0};
    for (int s = 0; s < o->sums; s++) {
        vt_real *grads = VT_TAKE(arena, vt_real, size);
        view = view_plan(l, &params, grads, l->turns ? l->turns[s] : NULL);
        if (!views) continue;
        views[s] = view;
        l->optim.sums[s] = grads;
    }
    l->views = views;
    l->bays = VT_TAKE(arena, vt_bay, workers);
    vt_scratch_size scratch = vt_aim_scratch_size(&view, l->shard_images);
    scratch.half = o->precision == VT_BF16;
    scratch.recompute = o->recompute;
    if (o->recompute) scratch.weight = largest_weight(l);
    for (int b = 0; b < workers; b++) {
        vt_bay bay;
        bay.saved = vt_aim_saved_plan(&view, l->shard_images, o->recompute, arena);
        bay.scratch = vt_scratch_plan(arena, &scratch);
        if (l->bays) l->bays[b] = bay;
    }
    l->images = VT_TAKE(arena, vt_real, o->batch * l->pixels);
    l->prefix_len = VT_TAKE(arena, int32_t, o->batch);
    l->losses = VT_TAKE(arena, double, o->shards);
    l->dealt = VT_TAKE(arena, int32_t, o->batch);
    l->dealt_prefix = VT_TAKE(arena, int32_t, o->batch);
    l->shard_first = VT_TAKE(arena, isize, o->shards + 1);
    l->turn_of_rows = VT_TAKE(arena, isize, l->T + 1);
    vt_optim_plan(&l->optim, l->params.info, l->params.count, arena);
}

/* What the plan itself reads: the table of parameters, and the gates. */
static vt_status open_table(vt_learner *l, vt_error *err)
{
    vt_params counted = {0};
    vt_arena none = {0};
    (void)vt_aim_plan(&l->options.shape, &counted, &none);
    for (int pass = 0; pass < 2; pass++) {
        l->params = (vt_params){.info = VT_TAKE(&l->table, vt_param_info, counted.count)};
        l->turns = VT_TAKE(&l->table, vt_turns *, l->options.sums);
        vt_status status = pass == 0 ? vt_arena_open(&l->table, err) : VT_OK;
        if (status != VT_OK) return status;
    }
    (void)vt_aim_plan(&l->options.shape, &l->params, &none);
    for (int s = 0; s < l->options.sums; s++) {
        vt_status status = vt_turns_open(&l->turns[s], l->params.count, err);
        if (status != VT_OK) return status;
    }
    return VT_OK;
}

vt_status vt_learner_open(vt_learner *out, const vt_learner_options *options, vt_pool *pool,
                          vt_error *err)
{
    vt_learner *l = out;
    const vt_trunk_shape *trunk = &options->shape.trunk;
    *l = (vt_learner){.options = *options, .pool = pool, .T = vt_trunk_tokens(trunk)};
    VT_ASSERT(options->sums >= 1 && options->sums <= options->shards && options->batch >= 1);
    l->pixels = (isize)trunk->channels * trunk->image_px * trunk->image_px;
    l->shard_images = (options->batch + options->shards - 1) / options->shards;
    vt_status status = open_table(l, err);
    if (status == VT_OK) {
        isize size = l->params.size;
        plan(l, size);
        status = vt_arena_open(&l->arena, err);
        if (status == VT_OK) plan(l, size);
    }
    if (status != VT_OK) {
        vt_error_context(err, "planning memory: a smaller batch or train.recompute needs less");
        vt_learner_close(l);
    }
    return status;
}

void vt_learner_close(vt_learner *l)
{
    for (int s = 0; l->turns && s < l->options.sums; s++) vt_turns_close(&l->turns[s]);
    l->turns = NULL;
    vt_arena_close(&l->arena);
    vt_arena_close(&l->table);
}

void vt_learner_reset(vt_learner *l, uint64_t seed)
{
    size_t bytes = (size_t)l->params.size * sizeof(vt_real);
    vt_params_init(l->params.values, l->params.info, l->params.count, seed);
    memset(l->optim.m, 0, bytes);
    memset(l->optim.v, 0, bytes);
    vt_learner_refresh(l);
}

void vt_learner_refresh(vt_learner *l)
{
    if (l->optim.half)
        vt_kernels_now()->round_bf16(l->optim.half, l->params.values, l->params.size);
}

/* ---- shards ---- */

/* Rows that an image adds to its shard: 0 .. T - 1. */
static isize rows_of(const vt_learner *l, isize place)
{
    vt_pass pass = {.B = 1, .T = l->T, .mask = l->options.mask, .wanted = VT_ROWS_PREDICTING};
    pass.prefix_len = l->prefix_len + place;
    return vt_pass_rows(&pass);
}

/* The shard of the i-th image dealt: to and fro, so that who came last comes first next. */
static isize shard_of(const vt_learner *l, isize i)
{
    isize shards = l->options.shards, round = i / shards, seat = i % shards;
    return round % 2 == 0 ? seat : shards - 1 - seat;
}

/* Deals the images out, those with the most rows first and equal ones by place. */
static void deal(vt_learner *l)
{
    isize batch = l->options.batch, shards = l->options.shards;
    isize *turn = l->turn_of_rows; /* of the next image with so many rows */
    isize *next = l->shard_first;  /* place in its shard; ends up as where the shard begins */
    memset(turn, 0, (size_t)(l->T + 1) * sizeof *turn);
    for (isize place = 0; place < batch; place++) turn[rows_of(l, place)]++;
    for (isize rows = l->T, before = 0; rows >= 0; rows--) {
        isize count = turn[rows];
        turn[rows] = before;
        before += count;
    }
    memset(next, 0, (size_t)(shards + 1) * sizeof *next);
    for (isize i = 0; i < batch; i++) next[shard_of(l, i) + 1]++;
    for (isize s = 0; s < shards; s++) next[s + 1] += next[s];
    for (isize place = 0; place < batch; place++) {
        isize at = next[shard_of(l, turn[rows_of(l, place)]++)]++;
        l->dealt[at] = (int32_t)place;
        l->dealt_prefix[at] = l->prefix_len[place];
    }
    memmove(next + 1, next, (size_t)shards * sizeof *next);
    next[0] = 0;
}

static vt_pass shard_pass(const vt_learner *l, isize shard)
{
    isize first = l->shard_first[shard];
    return (vt_pass){.B = l->shard_first[shard + 1] - first,
                     .T = l->T,
                     .mask = l->options.mask,
                     .prefix_len = l->dealt_prefix + first,
                     .image_of = l->dealt + first,
                     .wanted = VT_ROWS_PREDICTING};
}

/* ---- one step ---- */

typedef struct {
    vt_learner *learner;
    isize pairs; /* of the whole batch */
} batch_work;

static void learn_turn(void *context, isize shard, int worker)
{
    const batch_work *w = context;
    vt_learner *l = w->learner;
    vt_bay *bay = &l->bays[worker];
    const vt_aim *view = &l->views[shard % l->options.sums];
    vt_pass pass = shard_pass(l, shard);
    bay->scratch.turn = shard / l->options.sums;
    vt_aim_forward(view, &bay->saved, &pass, l->images, &bay->scratch);
    l->losses[shard] = vt_aim_loss(view, &bay->saved, &pass, w->pairs);
    vt_aim_backward(view, &bay->saved, &pass, &bay->scratch);
}

vt_learner_result vt_learner_step(vt_learner *l, double lr, int64_t step)
{
    const vt_learner_options *o = &l->options;
    batch_work w = {.learner = l};
    deal(l);
    for (int s = 0; s < o->shards; s++) {
        vt_pass pass = shard_pass(l, s);
        w.pairs += vt_pass_rows(&pass);
    }
    vt_learner_result result = {.loss = 0, .grad_norm = (double)NAN};
    for (int s = 0; s < o->sums; s++) vt_turns_reset(l->turns[s]);
    vt_pool_for(l->pool, o->shards, learn_turn, &w);
    for (int s = 0; s < o->shards; s++) result.loss += l->losses[s];
    result.loss /= (double)w.pairs;
    if (!isfinite(result.loss)) return result;
    vt_optim_step_options options = {.lr = lr,
                                     .beta1 = o->beta1,
                                     .beta2 = o->beta2,
                                     .eps = o->eps,
                                     .weight_decay = o->weight_decay,
                                     .clip_norm = o->clip_norm,
                                     .step = step};
    result.grad_norm = vt_optim_step(&l->optim, l->pool, &options);
    return result;
}

int64_t vt_learner_flops(vt_learner *l)
{
    int64_t flops = 0;
    deal(l);
    for (int s = 0; s < l->options.shards; s++) {
        vt_pass pass = shard_pass(l, s);
        flops += vt_aim_flops(&l->views[0], &pass, l->options.recompute);
    }
    return flops;
}

/* ---- evaluation ---- */

typedef struct {
    vt_learner *learner;
    vt_mask_kind mask;
    isize images;
} evaluation;

/* The images from first on that one turn evaluates. */
static vt_pass part_of(const evaluation *e, isize turn, isize *first)
{
    const vt_learner *l = e->learner;
    *first = vt_min(turn * l->shard_images, e->images);
    return (vt_pass){.B = vt_min(l->shard_images, e->images - *first),
                     .T = l->T,
                     .mask = e->mask,
                     .prefix_len = l->prefix_len + *first,
                     .wanted = VT_ROWS_PREDICTING};
}

static void evaluate_turn(void *context, isize turn, int worker)
{
    const evaluation *e = context;
    vt_learner *l = e->learner;
    vt_bay *bay = &l->bays[worker];
    isize first = 0;
    vt_pass pass = part_of(e, turn, &first);
    l->losses[turn] = 0;
    if (pass.B == 0) return;
    vt_aim_forward(&l->views[0], &bay->saved, &pass, l->images + first * l->pixels, &bay->scratch);
    l->losses[turn] = vt_aim_loss(&l->views[0], &bay->saved, &pass, 1);
}

double vt_learner_evaluate(vt_learner *l, isize count, vt_mask_kind mask, isize *pairs)
{
    evaluation e = {l, mask, count};
    double sum = 0;
    *pairs = 0;
    vt_pool_for(l->pool, l->options.shards, evaluate_turn, &e);
    for (int s = 0; s < l->options.shards; s++) {
        isize first = 0;
        vt_pass pass = part_of(&e, s, &first);
        *pairs += vt_pass_rows(&pass);
        sum += l->losses[s];
    }
    return sum;
}
