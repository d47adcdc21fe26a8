#include "bench/peak.h"
#include "base/heap.h"
#include "ops/limits.h"
#include "train/machine.h"

enum { WORKERS = 256 };

typedef struct {
    double (*limit)(double seconds);
    double seconds;
    double rate[WORKERS];
} peak_turns;

static void peak_turn(void *context, isize index, int worker)
{
    peak_turns *turns = context;
    (void)worker;
    turns->rate[index] = turns->limit(turns->seconds);
}

static double peak(vt_pool *pool, double (*limit)(double), double seconds)
{
    peak_turns turns = {.limit = limit, .seconds = seconds};
    int workers = pool ? vt_pool_workers(pool) : 1;
    double sum = 0;
    VT_ASSERT(workers <= WORKERS);
    vt_pool_for(pool, workers, peak_turn, &turns);
    for (int i = 0; i < workers; i++) sum += turns.rate[i];
    return sum;
}

double bench_peak_fp32(vt_pool *pool, double seconds)
{
    return peak(pool, vt_limit_fma, seconds);
}

double bench_peak_bf16(vt_pool *pool, double seconds)
{
    return peak(pool, vt_limit_bf16, seconds);
}

/* ---- bandwidth ---- */

enum { ELEMENTS = 1 << 24, PIECES = 64, PASSES = 5 };

typedef struct {
    float *value, *m, *v, *grad; /* [ELEMENTS] */
} streams;

/* As many operations as bytes allow: nothing here takes longer than memory does. */
static void stream_turn(void *context, isize index, int worker)
{
    const streams *s = context;
    isize count = ELEMENTS / PIECES;
    float *restrict value = s->value + index * count, *restrict m = s->m + index * count;
    float *restrict v = s->v + index * count;
    const float *restrict grad = s->grad + index * count;
    (void)worker;
    for (isize i = 0; i < count; i++) {
        m[i] = 0.9F * m[i] + 0.1F * grad[i];
        v[i] = 0.9F * v[i] + 0.1F * grad[i] * grad[i];
        value[i] -= 0.01F * m[i] * v[i];
    }
}

vt_status bench_peak_bandwidth(vt_pool *pool, double *rate, vt_error *err)
{
    isize bytes = ELEMENTS * (isize)sizeof(float);
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, 4 * bytes, err);
    if (status != VT_OK) return status;
    float *at = block;
    streams s = {at, at + ELEMENTS, at + 2 * ELEMENTS, at + 3 * ELEMENTS};
    for (isize i = 0; i < 4 * (isize)ELEMENTS; i++) at[i] = 1e-3F;
    *rate = 0;
    for (int p = 0; p < PASSES; p++) {
        double from = vt_clock_wall();
        vt_pool_for(pool, PIECES, stream_turn, &s);
        double now = 7.0 * (double)bytes / (vt_clock_wall() - from);
        if (now > *rate) *rate = now;
    }
    vt_heap_free(&block);
    return VT_OK;
}
