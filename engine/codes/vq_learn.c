#include "codes/vq_learn.h"
#include "base/rng.h"
#include "codes/kmeans.h"
#include "ops/kernels.h"
#include "optim/adamw.h"
#include "optim/schedule.h"
#include <string.h>

enum {
    SHARDS = 8,       /* of a batch, whatever the number of workers */
    FIRST_ROUNDS = 3, /* of k-means on what the untrained encoder makes */
    FIRST_ROWS = 16,  /* of these for each code */
    TOLD = 20,        /* times that learning tells of itself */
};
static const double dead = 0.1; /* below this share of the mean use an entry starts anew */

typedef struct {
    vt_vq_saved saved;
    vt_real *distances; /* [block, K] */
    vt_real *x;         /* [rows of a shard, P] */
} bay;

typedef struct {
    const vt_vq_options *o;
    const vt_real *rows; /* [n, P] */
    vt_vq vq;
    vt_param_info info[VT_VQ_PARAMS];
    vt_optim optim;
    vt_turns *turns;
    bay *bays;              /* [workers] */
    vt_real *entries;       /* [K, D] */
    vt_real *offsets;       /* [K] */
    vt_real *z;             /* [rows for the first entries, or batch if that is more, D] */
    int32_t *codes, *order; /* [batch] */
    int32_t *first;         /* [K + 1] */
    double *counts, *sums;  /* [K], [K, D]: running means of a step's rows for each code */
    vt_vq_loss losses[SHARDS];
    int64_t step; /* of the one under way, from 1 */
    isize first_rows;
} work;

/* ---- plan ---- */

static isize larger(isize a, isize b)
{
    return a > b ? a : b;
}

static isize shard_rows(const work *w)
{
    return (w->o->batch + SHARDS - 1) / SHARDS;
}

static void plan_bays(work *w, vt_arena *arena)
{
    const vt_vq_shape *shape = &w->o->shape;
    int workers = vt_pool_workers(w->o->pool);
    isize rows = larger(shard_rows(w), VT_CODES_BLOCK);
    w->bays = VT_TAKE(arena, bay, workers);
    for (int i = 0; i < workers; i++) {
        bay b = {.saved = vt_vq_saved_plan(shape, rows, arena)};
        b.distances = VT_TAKE(arena, vt_real, VT_CODES_BLOCK * shape->K);
        b.x = VT_TAKE(arena, vt_real, rows * shape->P);
        if (w->bays) w->bays[i] = b;
    }
}

static void plan(work *w, vt_real *values, isize size, vt_arena *arena)
{
    isize K = w->o->shape.K, D = w->o->shape.D, batch = w->o->batch;
    vt_real *grads = VT_TAKE(arena, vt_real, size);
    vt_params params = {.values = values, .grads = grads, .turns = w->turns, .info = w->info};
    w->vq = vt_vq_plan(&w->o->shape, &params);
    w->optim = (vt_optim){.value = values, .sum_count = 1};
    w->optim.sums = VT_TAKE(arena, vt_real *, 1);
    if (w->optim.sums) w->optim.sums[0] = grads;
    w->optim.m = VT_TAKE(arena, vt_real, size);
    w->optim.v = VT_TAKE(arena, vt_real, size);
    vt_optim_plan(&w->optim, w->info, VT_VQ_PARAMS, arena);
    plan_bays(w, arena);
    w->offsets = VT_TAKE(arena, vt_real, K);
    w->z = VT_TAKE(arena, vt_real, larger(w->first_rows, batch) * D);
    w->codes = VT_TAKE(arena, int32_t, batch);
    w->order = VT_TAKE(arena, int32_t, batch);
    w->first = VT_TAKE(arena, int32_t, K + 1);
    w->counts = VT_TAKE(arena, double, K);
    w->sums = VT_TAKE(arena, double, K *D);
}

/* ---- the first entries ---- */

static void encode_turn(void *context, isize block, int worker)
{
    work *w = context;
    const vt_vq_saved *s = &w->bays[worker].saved;
    isize P = w->o->shape.P, D = w->o->shape.D, from = block * VT_CODES_BLOCK;
    isize count = vt_min(w->first_rows - from, VT_CODES_BLOCK);
    vt_vq_encode(&w->vq, s, w->rows + from * P, count);
    memcpy(w->z + from * D, s->z, (size_t)(count * D) * sizeof *s->z);
}

static void keep_entry(work *w, isize k, const vt_real *entry)
{
    isize D = w->o->shape.D;
    w->counts[k] = (double)w->o->batch / (double)w->o->shape.K;
    for (isize c = 0; c < D; c++) {
        w->entries[k * D + c] = entry[c];
        w->sums[k * D + c] = w->counts[k] * (double)entry[c];
    }
}

static vt_status first_entries(work *w, vt_error *err)
{
    const vt_vq_options *o = w->o;
    vt_kmeans_result result;
    vt_kmeans_options options = {.n = w->first_rows,
                                 .P = o->shape.D,
                                 .K = o->shape.K,
                                 .rounds = FIRST_ROUNDS,
                                 .seed = o->seed,
                                 .pool = o->pool};
    vt_pool_for(o->pool, (w->first_rows + VT_CODES_BLOCK - 1) / VT_CODES_BLOCK, encode_turn, w);
    vt_status status = vt_kmeans_learn(w->entries, &result, w->z, &options, err);
    for (isize k = 0; k < o->shape.K; k++) keep_entry(w, k, w->entries + k * o->shape.D);
    return status;
}

/* ---- one step ---- */

/* Rows of the batch that a shard has: the last ones may have fewer, or none. */
static isize shard_of(const work *w, isize shard, isize *from)
{
    *from = vt_min(shard * shard_rows(w), w->o->batch);
    return vt_min(shard_rows(w), w->o->batch - *from);
}

static void learn_turn(void *context, isize shard, int worker)
{
    work *w = context;
    const vt_vq_options *o = w->o;
    const bay *b = &w->bays[worker];
    isize P = o->shape.P, D = o->shape.D, from = 0, count = shard_of(w, shard, &from);
    vt_points points = {w->entries, w->offsets, o->shape.K, D};
    vt_scratch t = {.turn = shard};
    for (isize r = 0; r < count; r++) {
        vt_rng rng = vt_rng_at(o->seed, VT_RNG_CODES, (uint64_t)w->step, (uint64_t)(from + r));
        isize row = (isize)vt_rng_below(&rng, (uint64_t)o->n);
        memcpy(b->x + r * P, w->rows + row * P, (size_t)P * sizeof *b->x);
    }
    vt_vq_encode(&w->vq, &b->saved, b->x, count);
    memcpy(w->z + from * D, b->saved.z, (size_t)(count * D) * sizeof *w->z);
    vt_nearest(w->codes + from, &points, b->saved.z, count, b->distances);
    vt_kernels_now()->gather_rows(b->saved.q, w->entries, w->codes + from, count, D);
    vt_vq_decode(&w->vq, &b->saved, count);
    w->losses[shard] = vt_vq_loss_of(&w->vq, &b->saved, b->x, count, o->batch, o->commitment);
    vt_vq_backward(&w->vq, &b->saved, b->x, count, &t);
}

/* The running mean of the rows that chose entry k, or a row of the batch where hardly any did. */
static void follow(work *w, isize k)
{
    const vt_vq_options *o = w->o;
    isize D = o->shape.D, from = w->first[k], to = w->first[k + 1];
    double *sums = w->sums + k * D;
    w->counts[k] = o->keep * w->counts[k] + (1 - o->keep) * (double)(to - from);
    for (isize c = 0; c < D; c++) sums[c] *= o->keep;
    for (isize i = from; i < to; i++) {
        const vt_real *z = w->z + w->order[i] * D;
        for (isize c = 0; c < D; c++) sums[c] += (1 - o->keep) * (double)z[c];
    }
    if (w->counts[k] < dead * (double)o->batch / (double)o->shape.K) {
        vt_rng rng = vt_rng_at(o->seed, VT_RNG_CODES, (uint64_t)w->step, (uint64_t)(o->batch + k));
        keep_entry(w, k, w->z + (isize)vt_rng_below(&rng, (uint64_t)o->batch) * D);
        return;
    }
    for (isize c = 0; c < D; c++) w->entries[k * D + c] = (vt_real)(sums[c] / w->counts[k]);
}

static vt_status tell(const work *w, vt_error *err)
{
    const vt_vq_options *o = w->o;
    int64_t every = o->steps > TOLD ? o->steps / TOLD : 1;
    if (!o->tell || (w->step % every != 0 && w->step != o->steps)) return VT_OK;
    vt_codes_progress progress = {.done = w->step, .of = o->steps};
    for (int s = 0; s < SHARDS; s++) progress.error += w->losses[s].error;
    progress.error /= (double)o->batch * (double)o->shape.P;
    progress.perplexity = vt_codes_use_of(w->first, o->shape.K).perplexity;
    if (o->tell(o->context, &progress) == 0) return VT_OK;
    return vt_fail(err, VT_ERR_CANCELLED, "asked to stop while codes are learnt by an autoencoder");
}

static void take_step(work *w)
{
    const vt_vq_options *o = w->o;
    vt_schedule schedule = {.peak = o->lr, .warmup = 0.05, .steps = o->steps};
    vt_points_offsets(w->offsets, w->entries, o->shape.K, o->shape.D);
    vt_turns_reset(w->turns);
    vt_pool_for(o->pool, SHARDS, learn_turn, w);
    vt_optim_step_options options = {.lr = vt_schedule_at(&schedule, w->step - 1),
                                     .beta1 = 0.9,
                                     .beta2 = 0.95,
                                     .eps = 1e-8,
                                     .clip_norm = 1,
                                     .step = w->step};
    (void)vt_optim_step(&w->optim, o->pool, &options);
    vt_rows_by_code(w->order, w->first, w->codes, o->batch, o->shape.K);
    for (isize k = 0; k < o->shape.K; k++) follow(w, k);
}

static vt_status learn(work *w, vt_error *err)
{
    vt_params_init(w->optim.value, w->info, VT_VQ_PARAMS, w->o->seed);
    vt_status status = first_entries(w, err);
    for (w->step = 1; status == VT_OK && w->step <= w->o->steps; w->step++) {
        take_step(w);
        status = tell(w, err);
    }
    return status;
}

vt_status vt_vq_learn(vt_real *values, vt_real *entries, const vt_real *rows,
                      const vt_vq_options *options, vt_error *err)
{
    work w = {.o = options, .rows = rows, .entries = entries};
    vt_params counted = {0};
    vt_arena arena = {0};
    VT_ASSERT(options->n >= 1 && options->n <= INT32_MAX && options->batch >= SHARDS);
    w.first_rows = vt_min(options->n, FIRST_ROWS * options->shape.K);
    (void)vt_vq_plan(&options->shape, &counted);
    vt_status status = vt_turns_open(&w.turns, VT_VQ_PARAMS, err);
    if (status != VT_OK) return status;
    plan(&w, values, counted.size, &arena);
    status = vt_arena_open(&arena, err);
    if (status == VT_OK) {
        plan(&w, values, counted.size, &arena);
        status = learn(&w, err);
    }
    vt_arena_close(&arena);
    vt_turns_close(&w.turns);
    return status;
}
