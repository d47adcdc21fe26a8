#include "codes/codebook.h"
#include "codes/kmeans.h"
#include "codes/vq_learn.h"
#include "ops/kernels.h"
#include <string.h>

enum {
    PATCHES_MOST = 1 << 16, /* to learn from */
    NUMBERS_MOST = 1 << 26, /* that they have together */
    SAMPLED = 1 << 12,      /* patches that are asked for at once */
    ROUNDS = 50,            /* of k-means, at most */
    PASSES = 16,            /* of the autoencoder over the patches */
    STEPS_LEAST = 300,      /* of it, however few they are */
    BATCH_MOST = 1 << 10,   /* patches of a step, */
    BATCH_LEAST = 8,
    HIDDEN = 256,
    WIDTH = 16
};

vt_codebook_shape vt_codebook_shape_of(vt_codes_kind kind, isize K, isize P)
{
    vt_codebook_shape shape = {kind, {.P = P, .K = K}};
    if (kind == VT_CODES_VQ) {
        shape.vq.hidden = HIDDEN;
        shape.vq.D = WIDTH;
    }
    return shape;
}

int vt_codebook_shape_same(const vt_codebook_shape *a, const vt_codebook_shape *b)
{
    const vt_vq_shape *x = &a->vq, *y = &b->vq;
    return a->kind == b->kind && x->P == y->P && x->K == y->K && x->hidden == y->hidden &&
           x->D == y->D;
}

isize vt_codebook_patches(const vt_codebook_shape *shape, isize there)
{
    isize fit = NUMBERS_MOST / shape->vq.P;
    return fit < 1 ? 1 : vt_min(there, vt_min(fit, PATCHES_MOST));
}

/* ---- plan ---- */

static void plan(vt_codebook *c)
{
    const vt_vq_shape *shape = &c->shape.vq;
    vt_params counted = {0};
    c->patches = VT_TAKE(&c->arena, vt_real, shape->K * shape->P);
    if (c->shape.kind != VT_CODES_VQ) return;
    (void)vt_vq_plan(shape, &counted);
    c->entries = VT_TAKE(&c->arena, vt_real, shape->K * shape->D);
    c->values = VT_TAKE(&c->arena, vt_real, counted.size);
    vt_params params = {.values = c->values, .info = c->info};
    c->vq = vt_vq_plan(shape, &params);
}

vt_status vt_codebook_open(vt_codebook *out, const vt_codebook_shape *shape, vt_error *err)
{
    *out = (vt_codebook){.shape = *shape};
    plan(out);
    vt_status status = vt_arena_open(&out->arena, err);
    if (status == VT_OK) plan(out);
    return status;
}

void vt_codebook_close(vt_codebook *codebook)
{
    vt_arena_close(&codebook->arena);
}

vt_codes_scratch vt_codes_scratch_plan(const vt_codebook_shape *shape, vt_arena *arena)
{
    vt_codes_scratch scratch = {0};
    scratch.offsets = VT_TAKE(arena, vt_real, shape->vq.K);
    scratch.distances = VT_TAKE(arena, vt_real, VT_CODES_BLOCK * shape->vq.K);
    if (shape->kind == VT_CODES_VQ)
        scratch.saved = vt_vq_saved_plan(&shape->vq, VT_CODES_BLOCK, arena);
    return scratch;
}

/* ---- codes ---- */

void vt_codebook_assign(const vt_codebook *c, int32_t *codes, const vt_real *patches, isize N,
                        const vt_codes_scratch *scratch)
{
    const vt_vq_shape *shape = &c->shape.vq;
    int vq = c->shape.kind == VT_CODES_VQ;
    vt_points points = {vq ? c->entries : c->patches, scratch->offsets, shape->K,
                        vq ? shape->D : shape->P};
    vt_points_offsets(scratch->offsets, points.values, points.K, points.D);
    for (isize from = 0; from < N; from += VT_CODES_BLOCK) {
        const vt_real *x = patches + from * shape->P;
        isize count = vt_min(N - from, VT_CODES_BLOCK);
        if (vq) {
            vt_vq_encode(&c->vq, &scratch->saved, x, count);
            x = scratch->saved.z;
        }
        vt_nearest(codes + from, &points, x, count, scratch->distances);
    }
}

int64_t vt_codebook_flops(const vt_codebook_shape *shape, isize N)
{
    int64_t K = shape->vq.K, P = shape->vq.P, H = shape->vq.hidden, D = shape->vq.D;
    return 2 * N * (shape->kind == VT_CODES_VQ ? P * H + H * D + D * K : P * K);
}

const vt_real *vt_codebook_decode(const vt_codebook *c, int32_t code)
{
    VT_ASSERT(code >= 0 && code < c->shape.vq.K);
    return c->patches + code * c->shape.vq.P;
}

/* ---- learning ---- */

typedef struct {
    vt_codebook *codebook;
    const vt_codebook_options *o;
    isize n;
    vt_real *rows;             /* [n, P] */
    int32_t *codes, *order;    /* [n] */
    int32_t *first;            /* [K + 1] */
    double *errors;            /* [blocks] */
    vt_real *differences;      /* [workers, P] */
    vt_codes_scratch *scratch; /* [workers] */
} work;

static isize blocks_of(const work *w)
{
    return (w->n + VT_CODES_BLOCK - 1) / VT_CODES_BLOCK;
}

static void plan_work(work *w, vt_arena *arena)
{
    isize workers = vt_pool_workers(w->o->pool), P = w->o->shape.vq.P;
    w->rows = VT_TAKE(arena, vt_real, w->n * P);
    w->codes = VT_TAKE(arena, int32_t, w->n);
    w->order = VT_TAKE(arena, int32_t, w->n);
    w->first = VT_TAKE(arena, int32_t, w->o->shape.vq.K + 1);
    w->errors = VT_TAKE(arena, double, blocks_of(w));
    w->differences = VT_TAKE(arena, vt_real, workers * P);
    w->scratch = VT_TAKE(arena, vt_codes_scratch, workers);
    for (isize i = 0; i < workers; i++) {
        vt_codes_scratch scratch = vt_codes_scratch_plan(&w->o->shape, arena);
        if (w->scratch) w->scratch[i] = scratch;
    }
}

static vt_status sample(work *w, vt_error *err)
{
    isize P = w->o->shape.vq.P;
    for (isize from = 0; from < w->n; from += SAMPLED) {
        isize count = vt_min(w->n - from, SAMPLED);
        vt_status status = w->o->sample(w->o->context, w->rows + from * P, from, count, err);
        if (status != VT_OK) return status;
    }
    return VT_OK;
}

/* What the decoder makes of each entry. */
static void decode_entries(work *w)
{
    const vt_vq_shape *shape = &w->o->shape.vq;
    const vt_vq_saved *saved = &w->scratch[0].saved;
    vt_codebook *c = w->codebook;
    for (isize from = 0; from < shape->K; from += VT_CODES_BLOCK) {
        isize count = vt_min(shape->K - from, VT_CODES_BLOCK);
        memcpy(saved->q, c->entries + from * shape->D,
               (size_t)(count * shape->D) * sizeof *saved->q);
        vt_vq_decode(&c->vq, saved, count);
        memcpy(c->patches + from * shape->P, saved->pred,
               (size_t)(count * shape->P) * sizeof *saved->pred);
    }
}

static vt_status learn_vq(work *w, vt_error *err)
{
    const vt_codebook_options *o = w->o;
    isize batch = w->n < BATCH_LEAST ? BATCH_LEAST : vt_min(w->n, BATCH_MOST);
    int64_t steps = PASSES * w->n / batch;
    vt_vq_options options = {.shape = o->shape.vq,
                             .n = w->n,
                             .batch = batch,
                             .steps = steps < STEPS_LEAST ? STEPS_LEAST : steps,
                             .lr = 4e-3,
                             .commitment = 0.25,
                             .keep = 0.97,
                             .seed = o->seed,
                             .pool = o->pool,
                             .tell = o->tell,
                             .context = o->context};
    vt_status status =
        vt_vq_learn(w->codebook->values, w->codebook->entries, w->rows, &options, err);
    if (status == VT_OK) decode_entries(w);
    return status;
}

static vt_status learn_kmeans(work *w, vt_error *err)
{
    const vt_codebook_options *o = w->o;
    vt_kmeans_result result;
    vt_kmeans_options options = {.n = w->n,
                                 .P = o->shape.vq.P,
                                 .K = o->shape.vq.K,
                                 .rounds = ROUNDS,
                                 .tolerance = 1e-4,
                                 .seed = o->seed,
                                 .pool = o->pool,
                                 .tell = o->tell,
                                 .context = o->context};
    return vt_kmeans_learn(w->codebook->patches, &result, w->rows, &options, err);
}

static void measure_turn(void *context, isize block, int worker)
{
    work *w = context;
    isize P = w->o->shape.vq.P, from = block * VT_CODES_BLOCK;
    isize count = vt_min(w->n - from, VT_CODES_BLOCK);
    vt_codebook_assign(w->codebook, w->codes + from, w->rows + from * P, count,
                       &w->scratch[worker]);
    w->errors[block] = 0;
    for (isize r = from; r < from + count; r++)
        w->errors[block] +=
            vt_kernels_now()->squared_error(w->differences + worker * P, w->rows + r * P,
                                            vt_codebook_decode(w->codebook, w->codes[r]), P, 0);
}

static void measure(work *w)
{
    vt_codebook *c = w->codebook;
    vt_pool_for(w->o->pool, blocks_of(w), measure_turn, w);
    c->error = 0;
    for (isize b = 0; b < blocks_of(w); b++) c->error += w->errors[b];
    c->error /= (double)w->n * (double)w->o->shape.vq.P;
    vt_rows_by_code(w->order, w->first, w->codes, w->n, w->o->shape.vq.K);
    vt_codes_use use = vt_codes_use_of(w->first, w->o->shape.vq.K);
    c->perplexity = use.perplexity;
    c->used = use.used;
}

static vt_status learn(work *w, vt_error *err)
{
    vt_status status = sample(w, err);
    if (status == VT_OK)
        status = w->o->shape.kind == VT_CODES_VQ ? learn_vq(w, err) : learn_kmeans(w, err);
    if (status != VT_OK) return status;
    measure(w);
    return VT_OK;
}

vt_status vt_codebook_learn(vt_codebook *out, const vt_codebook_options *options, vt_error *err)
{
    vt_arena arena = {0};
    work w = {.codebook = out, .o = options, .n = options->patches};
    VT_ASSERT(w.n >= 1 && w.n <= INT32_MAX);
    vt_status status = vt_codebook_open(out, &options->shape, err);
    if (status != VT_OK) return status;
    plan_work(&w, &arena);
    status = vt_arena_open(&arena, err);
    if (status == VT_OK) {
        plan_work(&w, &arena);
        status = learn(&w, err);
    }
    vt_arena_close(&arena);
    if (status != VT_OK) vt_codebook_close(out);
    return status;
}
