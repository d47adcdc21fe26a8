/* Suites limit and step. */
#include "base/profile.h"
#include "bench/peak.h"
#include "bench/products.h"
#include "bench/suites.h"
#include "train/machine.h"

static const double PEAK_SECONDS = 0.05; /* beside each measurement */
static const double STEP_SECONDS = 0.25; /* one measurement is as many steps as fill this */

int bench_again(const bench_request *request, int done, double from)
{
    double spent = vt_clock_wall() - from;
    if (done < vt_min(BENCH_LEAST, request->repeats)) return 1;
    return done < request->repeats && spent * (done + 1) / done <= request->seconds;
}

/* ---- limit ---- */

typedef struct {
    bench_samples fp32, bf16, bandwidth;
} limits;

static vt_status sample_limits(limits *l, vt_pool *pool, vt_error *err)
{
    double bandwidth = 0;
    vt_status status = bench_peak_bandwidth(pool, &bandwidth, err);
    bench_sample(&l->bandwidth, 1e-9 * bandwidth);
    bench_sample(&l->fp32, 1e-9 * bench_peak_fp32(pool, 2 * PEAK_SECONDS));
    bench_sample(&l->bf16, 1e-9 * bench_peak_bf16(pool, 2 * PEAK_SECONDS));
    return status;
}

static void add_limits(const bench_request *r, const limits *l, int workers)
{
    bench_what what = {.suite = "limit", .workers = workers, .recompute = -1, .unit = "GFLOP/s"};
    what.metric = "peak";
    what.precision = "fp32";
    bench_add(r->table, what, &l->fp32, NULL);
    what.precision = "bf16";
    if (l->bf16.at[0] > 0) bench_add(r->table, what, &l->bf16, NULL);
    what.precision = NULL;
    what.metric = "optimiser_bandwidth";
    what.unit = "GB/s";
    bench_add(r->table, what, &l->bandwidth, NULL);
}

vt_status bench_limit(const bench_request *request, vt_error *err)
{
    vt_pool *pool = NULL;
    vt_status status = vt_pool_open(&pool, request->workers, err);
    limits one = {0}, all = {0};
    bench_progress("limit: peak of 1 and %d cores", request->workers);
    for (int i = 0; i < request->repeats && status == VT_OK; i++) {
        status = sample_limits(&one, NULL, err);
        if (status == VT_OK) status = sample_limits(&all, pool, err);
    }
    if (status == VT_OK) {
        add_limits(request, &one, 1);
        if (request->workers > 1) add_limits(request, &all, request->workers);
    }
    vt_pool_close(&pool);
    return status;
}

/* ---- step ---- */

/* One side of the comparison: a number of workers. */
typedef struct {
    int workers, steps; /* steps of one measurement */
    bench_run run;
    bench_products products;
    bench_samples images, rate, peak, images_at_best, optimiser;
} side;

static vt_status open_side(side *s, const bench_shape *shape, const vt_config *config, int workers,
                           vt_error *err)
{
    *s = (side){.workers = workers};
    vt_status status = bench_run_open(&s->run, shape, config, workers, err);
    if (status != VT_OK) return status;
    double first = s->run.first_seconds;
    s->steps = first < STEP_SECONDS ? (int)(STEP_SECONDS / first) + 1 : 1;
    return bench_products_open(&s->products, shape, &s->run.learner, s->run.pool, err);
}

static void close_side(side *s)
{
    bench_products_close(&s->products);
    bench_run_close(&s->run);
}

/* What adding up gradients and AdamW take of all that the workers do. */
static double optimiser_share(const side *s, double seconds)
{
    int64_t ns = vt_profile_sum_of(VT_PART_REDUCE).ns + vt_profile_sum_of(VT_PART_OPTIMISER).ns;
    return 1e-9 * (double)ns / (seconds * s->workers);
}

/* A step, and its limits right behind it, while the machine is as fast as it was. */
static void measure(side *s)
{
    double images = (double)s->run.learner.config.optim_batch_images * s->steps;
    double flops = (double)vt_learner_flops(&s->run.learner) * s->steps;
    vt_profile_reset();
    vt_profiling = 1;
    double seconds = bench_run_steps(&s->run, s->steps);
    vt_profiling = 0;
    bench_sample(&s->optimiser, 100 * optimiser_share(s, seconds));
    bench_sample(&s->images, images / seconds);
    bench_sample(&s->rate, 1e-9 * flops / seconds);
    bench_sample(&s->peak, 1e-9 * bench_peak_fp32(s->run.pool, PEAK_SECONDS));
    bench_sample(&s->images_at_best, images / flops * bench_products_rate(&s->products));
}

static void add_side(const bench_request *r, bench_what what, const side *s)
{
    what.workers = s->workers;
    what.metric = "images_per_s";
    what.unit = "images/s";
    what.limit_name = "gemm_only";
    bench_add(r->table, what, &s->images, &s->images_at_best);
    what.metric = "arithmetic";
    what.unit = "GFLOP/s";
    what.limit_name = "fma_peak"; /* of fp32, for bf16 too: what that precision gains is seen */
    bench_add(r->table, what, &s->rate, &s->peak);
    what.metric = "optimiser_share";
    what.unit = "%";
    what.limit_name = NULL;
    bench_add(r->table, what, &s->optimiser, NULL);
}

static void add_speedup(const bench_request *r, bench_what what, const side *one, const side *all)
{
    bench_samples ratio = {0}, cores = {0};
    for (int i = 0; i < one->images.count; i++) {
        bench_sample(&ratio, all->images.at[i] / one->images.at[i]);
        bench_sample(&cores, all->workers);
    }
    what.workers = all->workers;
    what.metric = "speedup";
    what.unit = "x";
    what.limit_name = "workers";
    bench_add(r->table, what, &ratio, &cores);
}

static vt_status step_of(const bench_request *r, const bench_shape *shape,
                         bench_precision precision, vt_error *err)
{
    bench_what what = {
        .suite = "step", .precision = bench_precision_name(precision), .recompute = 0};
    vt_config config = bench_config(shape, precision, 0);
    side one = {0}, all = {0};
    bench_shape_name(shape, what.shape);
    bench_progress("step: %s, %s", what.shape, what.precision);
    vt_status status = open_side(&one, shape, &config, 1, err);
    if (status == VT_OK) status = open_side(&all, shape, &config, r->workers, err);
    double from = vt_clock_wall();
    for (int i = 0; status == VT_OK && bench_again(r, i, from); i++) {
        measure(&one);
        measure(&all);
    }
    if (status == VT_OK) {
        add_side(r, what, &one);
        add_side(r, what, &all);
        add_speedup(r, what, &one, &all);
    }
    close_side(&one);
    close_side(&all);
    return status;
}

vt_status bench_step(const bench_request *request, vt_error *err)
{
    for (int s = 0; s < request->shape_count; s++) {
        for (int p = 0; p < request->precision_count; p++) {
            vt_status status =
                step_of(request, request->shapes[s], (bench_precision)request->precisions[p], err);
            if (status != VT_OK) return status;
        }
    }
    return VT_OK;
}
