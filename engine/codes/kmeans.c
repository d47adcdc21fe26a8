#include "codes/kmeans.h"
#include "base/arena.h"
#include "base/rng.h"
#include "ops/kernels.h"
#include <string.h>

typedef struct {
    const vt_kmeans_options *o;
    const vt_real *rows;  /* [n, P] */
    vt_real *centres;     /* [K, P] */
    vt_real *offsets;     /* [K] */
    double *distance;     /* [n] squared, to the nearest centre */
    int32_t *codes;       /* [n] */
    int32_t *order;       /* [n] */
    int32_t *first;       /* [K + 1] */
    vt_real *differences; /* [workers, P] */
    vt_real *scratch;     /* [workers, block, K] */
    double *sums;         /* [workers, P] */
    isize seeded;         /* centres so far */
} work;

static void plan(work *w, vt_arena *arena)
{
    isize n = w->o->n, P = w->o->P, K = w->o->K, workers = vt_pool_workers(w->o->pool);
    w->offsets = VT_TAKE(arena, vt_real, K);
    w->distance = VT_TAKE(arena, double, n);
    w->codes = VT_TAKE(arena, int32_t, n);
    w->order = VT_TAKE(arena, int32_t, n);
    w->first = VT_TAKE(arena, int32_t, K + 1);
    w->differences = VT_TAKE(arena, vt_real, workers * P);
    w->scratch = VT_TAKE(arena, vt_real, workers * VT_CODES_BLOCK * K);
    w->sums = VT_TAKE(arena, double, workers *P);
}

static isize blocks_of(const work *w)
{
    return (w->o->n + VT_CODES_BLOCK - 1) / VT_CODES_BLOCK;
}

/* Exactly 0 where the row is the centre, which the product of vt_nearest would not give. */
static double distance_to(const work *w, isize row, isize centre, int worker)
{
    isize P = w->o->P;
    return vt_kernels_now()->squared_error(w->differences + worker * P, w->rows + row * P,
                                           w->centres + centre * P, P, 0);
}

static double sum_of(const double *x, isize n)
{
    double sum = 0;
    for (isize i = 0; i < n; i++) sum += x[i];
    return sum;
}

/* ---- seeds ---- */

/* The latest centre may be nearer than those before. */
static void approach_turn(void *context, isize block, int worker)
{
    work *w = context;
    isize from = block * VT_CODES_BLOCK, to = vt_min(from + VT_CODES_BLOCK, w->o->n);
    for (isize r = from; r < to; r++) {
        double distance = distance_to(w, r, w->seeded - 1, worker);
        if (w->seeded == 1 || distance < w->distance[r]) w->distance[r] = distance;
    }
}

static isize draw_row(const work *w)
{
    vt_rng rng = vt_rng_at(w->o->seed, VT_RNG_CODES, 0, (uint64_t)w->seeded);
    double total = w->seeded > 0 ? sum_of(w->distance, w->o->n) : 0;
    if (!(total > 0)) return (isize)vt_rng_below(&rng, (uint64_t)w->o->n);
    double left = total * vt_rng_unit(&rng);
    isize drawn = 0;
    for (isize r = 0; r < w->o->n && left >= 0; r++) {
        if (!(w->distance[r] > 0)) continue;
        drawn = r;
        left -= w->distance[r];
    }
    return drawn;
}

static void seed_centres(work *w)
{
    isize P = w->o->P;
    while (w->seeded < w->o->K) {
        memcpy(w->centres + w->seeded * P, w->rows + draw_row(w) * P, (size_t)P * sizeof *w->rows);
        w->seeded++;
        vt_pool_for(w->o->pool, blocks_of(w), approach_turn, w);
    }
}

/* ---- rounds ---- */

static void assign_turn(void *context, isize block, int worker)
{
    work *w = context;
    isize P = w->o->P, K = w->o->K, from = block * VT_CODES_BLOCK;
    isize count = vt_min(w->o->n - from, VT_CODES_BLOCK);
    vt_points points = {w->centres, w->offsets, K, P};
    vt_nearest(w->codes + from, &points, w->rows + from * P, count,
               w->scratch + worker * VT_CODES_BLOCK * K);
    for (isize r = from; r < from + count; r++)
        w->distance[r] = distance_to(w, r, w->codes[r], worker);
}

static void assign(work *w, vt_kmeans_result *result)
{
    isize n = w->o->n, P = w->o->P, K = w->o->K;
    vt_points_offsets(w->offsets, w->centres, K, P);
    vt_pool_for(w->o->pool, blocks_of(w), assign_turn, w);
    vt_rows_by_code(w->order, w->first, w->codes, n, K);
    result->error = sum_of(w->distance, n) / ((double)n * (double)P);
    result->use = vt_codes_use_of(w->first, K);
}

static void mean_turn(void *context, isize k, int worker)
{
    work *w = context;
    isize P = w->o->P, from = w->first[k], to = w->first[k + 1];
    double *sums = w->sums + worker * P;
    if (from == to) return;
    memset(sums, 0, (size_t)P * sizeof *sums);
    for (isize i = from; i < to; i++) {
        const vt_real *row = w->rows + w->order[i] * P;
        for (isize c = 0; c < P; c++) sums[c] += (double)row[c];
    }
    vt_real *centre = w->centres + k * P;
    for (isize c = 0; c < P; c++) centre[c] = (vt_real)(sums[c] / (double)(to - from));
}

/* Each centre without rows, in their order, goes to the row that is farthest from its own. */
static isize fill_empty(work *w)
{
    isize P = w->o->P, moved = 0;
    for (isize k = 0; k < w->o->K; k++) {
        if (w->first[k] < w->first[k + 1]) continue;
        isize far = 0;
        for (isize r = 1; r < w->o->n; r++) far = w->distance[r] > w->distance[far] ? r : far;
        if (!(w->distance[far] > 0)) break;
        memcpy(w->centres + k * P, w->rows + far * P, (size_t)P * sizeof *w->rows);
        w->distance[far] = 0;
        moved++;
    }
    return moved;
}

static vt_status tell(const work *w, const vt_kmeans_result *result, vt_error *err)
{
    const vt_kmeans_options *o = w->o;
    vt_codes_progress progress = {result->rounds, o->rounds, result->error, result->use.perplexity};
    if (!o->tell || o->tell(o->context, &progress) == 0) return VT_OK;
    return vt_fail(err, VT_ERR_CANCELLED, "asked to stop while codes are learnt by k-means");
}

vt_status vt_kmeans_learn(vt_real *centres, vt_kmeans_result *result, const vt_real *rows,
                          const vt_kmeans_options *options, vt_error *err)
{
    work w = {.o = options, .rows = rows, .centres = centres};
    vt_arena arena = {0};
    VT_ASSERT(options->n >= 1 && options->n <= INT32_MAX && options->K >= 1 && options->P >= 1);
    plan(&w, &arena);
    vt_status status = vt_arena_open(&arena, err);
    if (status != VT_OK) return status;
    plan(&w, &arena);
    if (!options->given) seed_centres(&w);
    *result = (vt_kmeans_result){0};
    for (double before = 0;; before = result->error, result->rounds++) {
        assign(&w, result);
        status = tell(&w, result, err);
        int falls = result->rounds == 0 || before - result->error > options->tolerance * before;
        if (status != VT_OK || !falls || result->rounds == options->rounds) break;
        vt_pool_for(options->pool, options->K, mean_turn, &w);
        result->moved += fill_empty(&w);
    }
    vt_arena_close(&arena);
    return status;
}
