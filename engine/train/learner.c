#include "train/learner.h"
#include <math.h>
#include <string.h>

/* ---- plan ---- */

static isize shard_first(const vt_learner *l, isize shard)
{
    return l->options.batch * shard / l->options.shards;
}

static vt_aim view_plan(vt_learner *l, vt_params *params, vt_real *grads, vt_turns *turns)
{
    *params = (vt_params){.values = l->params.values,
                          .halves = l->optim.half,
                          .grads = grads,
                          .turns = turns};
    return vt_aim_plan(&l->options.shape, params, &l->arena);
}

static void plan(vt_learner *l, isize size)
{
    const vt_learner_options *o = &l->options;
    vt_arena *arena = &l->arena;
    int workers = vt_pool_workers(l->pool);
    l->params.values = l->optim.value = VT_TAKE(arena, vt_real, size);
    l->optim.m = VT_TAKE(arena, vt_real, size);
    l->optim.v = VT_TAKE(arena, vt_real, size);
    if (o->precision == VT_BF16) l->optim.half = VT_TAKE(arena, vt_bf16, size);
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
    for (int b = 0; b < workers; b++) {
        vt_bay bay;
        bay.saved = vt_aim_saved_plan(&view, l->shard_images, o->recompute, arena);
        bay.scratch = vt_scratch_plan(arena, &scratch);
        if (l->bays) l->bays[b] = bay;
    }
    l->images = VT_TAKE(arena, vt_real, o->batch * l->pixels);
    l->prefix_len = VT_TAKE(arena, int32_t, o->batch);
    l->losses = VT_TAKE(arena, double, o->shards);
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

/* ---- one step ---- */

static vt_pass pass_of(const vt_learner *l, isize first, isize count, vt_mask_kind mask)
{
    return (vt_pass){.B = count,
                     .T = l->T,
                     .mask = mask,
                     .prefix_len = l->prefix_len + first,
                     .wanted = VT_ROWS_PREDICTING};
}

typedef struct {
    vt_learner *learner;
    vt_mask_kind mask;
    isize images, pairs; /* of the whole batch */
} work;

static vt_pass shard_pass(const vt_learner *l, isize shard)
{
    isize first = shard_first(l, shard);
    return pass_of(l, first, shard_first(l, shard + 1) - first, l->options.mask);
}

static void learn_turn(void *context, isize shard, int worker)
{
    const work *w = context;
    vt_learner *l = w->learner;
    vt_bay *bay = &l->bays[worker];
    const vt_aim *view = &l->views[shard % l->options.sums];
    vt_pass pass = shard_pass(l, shard);
    bay->scratch.turn = shard / l->options.sums;
    vt_aim_forward(view, &bay->saved, &pass, l->images + shard_first(l, shard) * l->pixels,
                   &bay->scratch);
    l->losses[shard] = vt_aim_loss(view, &bay->saved, &pass, w->pairs);
    vt_aim_backward(view, &bay->saved, &pass, &bay->scratch);
}

vt_learner_result vt_learner_step(vt_learner *l, double lr, int64_t step)
{
    const vt_learner_options *o = &l->options;
    vt_pass whole = pass_of(l, 0, o->batch, o->mask);
    work w = {.learner = l, .pairs = vt_pass_rows(&whole)};
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

int64_t vt_learner_flops(const vt_learner *l)
{
    int64_t flops = 0;
    for (int s = 0; s < l->options.shards; s++) {
        vt_pass pass = shard_pass(l, s);
        flops += vt_aim_flops(&l->views[0], &pass, l->options.recompute);
    }
    return flops;
}

/* ---- evaluation ---- */

static void evaluate_turn(void *context, isize shard, int worker)
{
    const work *w = context;
    vt_learner *l = w->learner;
    vt_bay *bay = &l->bays[worker];
    isize first = shard_first(l, shard), count = vt_min(shard_first(l, shard + 1), w->images) - first;
    l->losses[shard] = 0;
    if (count <= 0) return;
    vt_pass pass = pass_of(l, first, count, w->mask);
    vt_aim_forward(&l->views[0], &bay->saved, &pass, l->images + first * l->pixels, &bay->scratch);
    l->losses[shard] = vt_aim_loss(&l->views[0], &bay->saved, &pass, 1);
}

double vt_learner_evaluate(vt_learner *l, isize count, vt_mask_kind mask, isize *pairs)
{
    vt_pass whole = pass_of(l, 0, count, mask);
    work w = {.learner = l, .mask = mask, .images = count};
    double sum = 0;
    vt_pool_for(l->pool, l->options.shards, evaluate_turn, &w);
    for (int s = 0; s < l->options.shards; s++) sum += l->losses[s];
    *pairs = vt_pass_rows(&whole);
    return sum;
}
