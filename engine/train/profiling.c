#include "train/profiling.h"
#include "base/heap.h"
#include "base/profile.h"
#include "ops/limits.h"
#include "train/coding.h"
#include "train/machine.h"
#include "train/trainer.h"
#include <stdio.h>

enum { CACHE_NUMBERS = 1 << 15, MEMORY_NUMBERS = 1 << 24 }; /* of each of three arrays */
static const double LIMIT_SECONDS = 0.1;

/* A second's work of one core at most; memory is what all workers together have, by their number.
 */
typedef struct {
    double fma, bf16, cache, memory;
} limits;

typedef struct {
    vt_session session;
    vt_trainer trainer;
    limits limit;
    int64_t steps;
    double wall_s;
} profiling;

/* ---- limits ---- */

typedef struct {
    float *arrays; /* [workers, 3, MEMORY_NUMBERS] */
    double *rates; /* [workers] */
} streams;

static void stream_turn(void *context, isize index, int worker)
{
    (void)worker;
    streams *s = context;
    s->rates[index] =
        vt_limit_stream(s->arrays + index * 3 * MEMORY_NUMBERS, MEMORY_NUMBERS, 3 * LIMIT_SECONDS);
}

static vt_status measure_limits(profiling *p, vt_error *err)
{
    int workers = p->session.request.workers;
    void *arrays = NULL, *rates = NULL;
    vt_status status =
        vt_heap_alloc(&arrays, (isize)workers * 3 * MEMORY_NUMBERS * (isize)sizeof(float), err);
    if (status == VT_OK) status = vt_heap_alloc(&rates, workers * (isize)sizeof(double), err);
    if (status == VT_OK) {
        streams s = {arrays, rates};
        p->limit.fma = vt_limit_fma(LIMIT_SECONDS);
        p->limit.bf16 = vt_limit_bf16(LIMIT_SECONDS);
        p->limit.cache = vt_limit_stream(arrays, CACHE_NUMBERS, LIMIT_SECONDS);
        vt_pool_for(p->session.pool, workers, stream_turn, &s);
        for (int w = 0; w < workers; w++) p->limit.memory += s.rates[w] / workers;
    }
    vt_heap_free(&arrays);
    vt_heap_free(&rates);
    return status;
}

/* ---- table ---- */

static int from_memory(int part)
{
    return part == VT_PART_REDUCE || part == VT_PART_OPTIMISER;
}

static int in_bf16(const profiling *p, int part)
{
    int product =
        part == VT_PART_GEMM_FORWARD || part == VT_PART_GEMM_DX || part == VT_PART_GEMM_DW;
    return product && vt_config_bf16(&p->session.config) && p->limit.bf16 > 0;
}

/* One line: milliseconds of a step, summed over workers, and the rate beside its limit. */
typedef struct {
    const char *name, *unit; /* unit NULL: no rate */
    double ms, share, rate, limit;
} row;

static row row_of(const profiling *p, int part)
{
    vt_profile_sum sum = vt_profile_sum_of((vt_part)part);
    double seconds = 1e-9 * (double)sum.ns, steps = (double)p->steps;
    double whole = p->wall_s * p->session.request.workers;
    row r = {.name = vt_profile_name((vt_part)part),
             .ms = 1e3 * seconds / steps,
             .share = seconds / whole};
    if (seconds > 0 && sum.flops > 0) {
        r.unit = "GFLOP/s";
        r.rate = 1e-9 * (double)sum.flops / seconds;
        r.limit = 1e-9 * (in_bf16(p, part) ? p->limit.bf16 : p->limit.fma);
    } else if (seconds > 0 && sum.bytes > 0) {
        r.unit = "GB/s";
        r.rate = 1e-9 * (double)sum.bytes / seconds;
        r.limit = 1e-9 * (from_memory(part) ? p->limit.memory : p->limit.cache);
    }
    return r;
}

/* What no part accounts for: idle workers at the end of a loop, those that wait for the others'
 * slices of a product, and the loops themselves. */
static row rest_of(const profiling *p)
{
    double whole = 1e3 * p->wall_s * p->session.request.workers / (double)p->steps;
    row rest = {.name = "the rest, and idle workers", .ms = whole};
    for (int i = 0; i < VT_PART_COUNT; i++) rest.ms -= row_of(p, i).ms;
    rest.share = rest.ms / whole;
    return rest;
}

static void print_row(row r)
{
    (void)printf("%-30s %9.3f %6.1f %%", r.name, r.ms, 100 * r.share);
    if (r.unit)
        (void)printf(" %8.1f %-8s %8.1f %6.1f %%", r.rate, r.unit, r.limit, 100 * r.rate / r.limit);
    (void)printf("\n");
}

static double images_per_s(const profiling *p)
{
    return (double)(p->steps * p->session.config.optim_batch_images) / p->wall_s;
}

static void print_table(const profiling *p)
{
    (void)printf("%-30s %9s %8s %8s %-8s %8s %8s\n", "part", "ms/step", "share", "rate", "",
                 "limit", "of limit");
    for (int i = 0; i < VT_PART_COUNT; i++)
        if (vt_profile_sum_of((vt_part)i).calls > 0) print_row(row_of(p, i));
    print_row(rest_of(p));
    (void)printf("\n%jd steps of %jd images, %d workers: %.1f images/s, %.3f ms a step. Times are "
                 "of all workers together; rates and limits of one.\n",
                 (intmax_t)p->steps, (intmax_t)p->session.config.optim_batch_images,
                 p->session.request.workers, images_per_s(p), 1e3 * p->wall_s / (double)p->steps);
}

static void print_json_row(row r, const char *before)
{
    (void)printf("%s\n  {\"part\": \"%s\", \"ms_per_step\": %.6f, \"share\": %.6f", before, r.name,
                 r.ms, r.share);
    if (r.unit)
        (void)printf(", \"rate\": %.3f, \"unit\": \"%s\", \"limit\": %.3f", r.rate, r.unit,
                     r.limit);
    (void)printf("}");
}

static void print_json(const profiling *p)
{
    (void)printf("{\"steps\": %jd, \"batch_images\": %jd, \"workers\": %d, \"images_per_s\": %.3f, "
                 "\"parts\": [",
                 (intmax_t)p->steps, (intmax_t)p->session.config.optim_batch_images,
                 p->session.request.workers, images_per_s(p));
    const char *before = "";
    for (int i = 0; i < VT_PART_COUNT; i++) {
        if (vt_profile_sum_of((vt_part)i).calls == 0) continue;
        print_json_row(row_of(p, i), before);
        before = ",";
    }
    print_json_row(rest_of(p), before);
    (void)printf("]}\n");
}

/* ---- steps ---- */

static vt_status take_steps(profiling *p, vt_error *err)
{
    vt_session *s = &p->session;
    vt_step_result result;
    vt_trainer_reset(&p->trainer);
    vt_status status = vt_trainer_step(&p->trainer, &result, err); /* warms caches and pages */
    vt_profile_reset();
    vt_profiling = 1;
    double from = vt_clock_wall();
    while (status == VT_OK && (p->steps == 0 || vt_clock_wall() - from < s->request.seconds) &&
           !vt_session_stopping(s)) {
        if (p->trainer.step == s->config.optim_steps) vt_trainer_reset(&p->trainer);
        status = vt_trainer_step(&p->trainer, &result, err);
        p->steps++;
    }
    p->wall_s = vt_clock_wall() - from;
    vt_profiling = 0;
    return status;
}

vt_status vt_profiling_run(const vt_request *request, vt_error *err)
{
    profiling p = {0};
    vt_status status = vt_session_open(&p.session, request, err);
    if (status != VT_OK) return status;
    status =
        vt_trainer_open(&p.trainer, &p.session.config, p.session.dataset, p.session.pool, 0, err);
    if (status == VT_OK) status = vt_coding_open(&p.trainer, NULL, NULL, NULL, err);
    if (status == VT_OK) status = measure_limits(&p, err);
    if (status == VT_OK) status = take_steps(&p, err);
    if (status == VT_OK && request->json) print_json(&p);
    if (status == VT_OK && !request->json) print_table(&p);
    vt_trainer_close(&p.trainer);
    vt_session_close(&p.session);
    return status;
}
