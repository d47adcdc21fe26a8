/* Suite scaling: what a step's time does when one extent grows, and what more cores would do.
 *
 * Around a middle shape one extent at a time is changed. The exponent of an extent is the slope of
 * log time against log arithmetic: at most 1 when nothing grows faster than its arithmetic.
 *
 * The time of a step on P cores, of a batch of S shards and with B buffers of gradients
 * (train.sums), is modelled as
 *
 *     ceil(S / P) F / (S share peak)     compute: F operations; the share is fitted to one core; at
 *                                        most, as whoever is free takes slices of the last shards
 *   + (min(P, S) / B - 1) G / (share peak)   order: shards pass each gate of a buffer in turn, G
 *                                        operations of the largest weight gradient behind it
 *   + (28 + 4 B) parameters / bandwidth  optimiser: sum and norm, AdamW
 *   + images / bandwidth                 read once
 *
 * Every shard reads the weights anew and adds to the gradient, 16 bytes a parameter; that happens
 * while products run, so it is no term of the sum, but what it asks of the memory has to stay below
 * the bandwidth, and is shown beside it.
 */
#include "bench/peak.h"
#include "bench/suites.h"
#include "train/machine.h"
#include <math.h>
#include <stdio.h>

enum { POINTS = 4, SWEEPS = 4, CORES = 64, BUFFERS = 8, SHARD_BYTES = 16 };
/* Of a server with that many cores: 8 to 12 channels of DDR5 have 300 to 460 GB/s. */
static const double ASSUMED_BANDWIDTH = 300e9;

/* 4 blocks of width 128, heads of 32, 64 tokens, 32 images in shards of 4. */
static const bench_shape middle = {128, 4, 4, 32, 4, 3, 32, 4, 8, 1};

static const char *const exponents[SWEEPS] = {"exponent_width", "exponent_depth", "exponent_tokens",
                                              "exponent_batch"};

static bench_shape varied(int sweep, int point)
{
    static const int values[SWEEPS][POINTS] = {
        {64, 128, 256, 512}, {2, 4, 8, 16}, {16, 32, 64, 128}, {8, 32, 128, 512}};
    bench_shape shape = middle;
    int value = values[sweep][point];
    if (sweep == 0) {
        shape.width = value;
        shape.heads = value / 32;
    } else if (sweep == 1) {
        shape.depth = shape.head_depth = value;
    } else if (sweep == 2) {
        shape.image_px = value; /* (value / 4)^2 tokens */
    } else {
        shape.batch = value;
        shape.shards = value / 4;
    }
    return shape;
}

typedef struct {
    double seconds, flops, peak; /* peak: of the workers together */
    double parameters, image_bytes;
} timing;

static vt_status time_step(const bench_request *r, const bench_shape *shape, int workers,
                           timing *out, vt_error *err)
{
    vt_config config = bench_config(shape, BENCH_FP32, 0);
    bench_run run;
    bench_samples seconds = {0}, rate = {0}, peak = {0};
    vt_status status = bench_run_open(&run, shape, &config, workers, err);
    if (status != VT_OK) return status;
    *out = (timing){.flops = (double)vt_learner_flops(&run.learner),
                    .parameters = (double)run.learner.params.numbers,
                    .image_bytes = (double)shape->batch * (double)run.learner.pixels * 4};
    double from = vt_clock_wall();
    for (int i = 0; bench_again(r, i, from); i++) {
        bench_sample(&seconds, bench_run_steps(&run, 1));
        bench_sample(&rate, 1e-9 * out->flops / seconds.at[i]);
        bench_sample(&peak, 1e-9 * bench_peak_fp32(run.pool, 0.05));
    }
    bench_run_close(&run);
    out->seconds = bench_median(&seconds);
    out->peak = 1e9 * bench_median(&peak);
    bench_what what = {.suite = "scaling", .precision = "fp32", .workers = workers, .recompute = 0};
    bench_shape_name(shape, what.shape);
    what.metric = "step";
    what.unit = "s";
    bench_add(r->table, what, &seconds, NULL);
    what.metric = "step_arithmetic";
    what.unit = "GFLOP";
    bench_add_one(r->table, what, 1e-9 * out->flops);
    what.metric = "arithmetic";
    what.unit = "GFLOP/s";
    what.limit_name = "fma_peak";
    bench_add(r->table, what, &rate, &peak);
    return VT_OK;
}

/* Least squares through log time against log arithmetic. */
static double slope(const timing at[POINTS])
{
    double x = 0, y = 0, xx = 0, xy = 0;
    for (int i = 0; i < POINTS; i++) {
        double u = log(at[i].flops), v = log(at[i].seconds);
        x += u, y += v, xx += u * u, xy += u * v;
    }
    return (POINTS * xy - x * y) / (POINTS * xx - x * x);
}

static vt_status sweep_of(const bench_request *r, int sweep, const timing *centre, vt_error *err)
{
    timing at[POINTS];
    bench_what what = {.suite = "scaling",
                       .metric = exponents[sweep],
                       .unit = "1",
                       .precision = "fp32",
                       .workers = 1,
                       .recompute = 0};
    bench_progress("scaling: %s", exponents[sweep]);
    for (int i = 0; i < POINTS; i++) {
        bench_shape shape = varied(sweep, i);
        vt_status status = VT_OK;
        if (i == 1)
            at[i] = *centre;
        else
            status = time_step(r, &shape, 1, &at[i], err);
        if (status != VT_OK) return status;
    }
    bench_add_one(r->table, what, slope(at));
    return VT_OK;
}

/* ---- more cores ---- */

typedef struct {
    double compute, order, optimiser, images; /* seconds */
    double demand;                            /* bytes a second that shards ask of the memory */
} prediction;

static prediction predict(const timing *one, double share, int shards, int cores, int sums,
                          double bandwidth)
{
    double core = share * one->peak, rounds = ceil((double)shards / cores);
    double gate = 2.0 * 4 * middle.width * middle.width * (double)bench_tokens(&middle) *
                  (middle.batch / middle.shards);
    prediction p = {.compute = rounds * one->flops / middle.shards / core,
                    .order = fmax((double)vt_min(cores, shards) / sums - 1, 0) * gate / core,
                    .optimiser = (28 + 4 * sums) * one->parameters / bandwidth,
                    .images = one->image_bytes / middle.shards * shards / bandwidth};
    p.demand = SHARD_BYTES * one->parameters * shards / (p.compute + p.order);
    return p;
}

static double total(prediction p)
{
    return p.compute + p.order + p.optimiser + p.images;
}

static void add_model(const bench_request *r, const char *metric, const char *unit, int workers,
                      double value)
{
    bench_what what = {.suite = "scaling",
                       .metric = metric,
                       .unit = unit,
                       .precision = "fp32",
                       .workers = workers,
                       .recompute = 0};
    bench_shape_name(&middle, what.shape);
    bench_add_one(r->table, what, value);
}

/* Fitted to one core, checked with all that there are, then CORES with a shard for each. */
static vt_status model(const bench_request *r, const timing *one, const timing *all, vt_error *err)
{
    vt_pool *pool = NULL;
    double alone = 0, together = 0;
    vt_status status = bench_peak_bandwidth(NULL, &alone, err);
    if (status == VT_OK) status = vt_pool_open(&pool, r->workers, err);
    if (status == VT_OK) status = bench_peak_bandwidth(pool, &together, err);
    vt_pool_close(&pool);
    if (status != VT_OK) return status;
    prediction fixed = predict(one, 1, middle.shards, 1, 1, alone);
    double share = one->flops / one->peak / (one->seconds - fixed.optimiser - fixed.images);
    add_model(r, "model_share", "of peak", 1, share);
    prediction here = predict(one, share, middle.shards, r->workers, 1, together);
    add_model(r, "model_step", "s", r->workers, total(here));
    add_model(r, "model_over_step", "x", r->workers, total(here) / all->seconds);
    prediction one_sum = predict(one, share, CORES, CORES, 1, ASSUMED_BANDWIDTH);
    prediction sums = predict(one, share, CORES, CORES, BUFFERS, ASSUMED_BANDWIDTH);
    double work = (double)CORES / middle.shards * one->seconds;
    add_model(r, "model_compute", "s", CORES, sums.compute);
    add_model(r, "model_order_sums_1", "s", CORES, one_sum.order);
    add_model(r, "model_order_sums_8", "s", CORES, sums.order);
    add_model(r, "model_optimiser", "s", CORES, sums.optimiser);
    add_model(r, "model_images", "s", CORES, sums.images);
    add_model(r, "model_demand", "GB/s", CORES, 1e-9 * sums.demand);
    add_model(r, "model_bandwidth", "GB/s", CORES, 1e-9 * ASSUMED_BANDWIDTH);
    add_model(r, "model_speedup_sums_1", "x", CORES, work / total(one_sum));
    add_model(r, "model_speedup_sums_8", "x", CORES, work / total(sums));
    (void)printf("         The model (bench/scaling.c): compute + order + optimiser + images. For "
                 "%d cores: a batch of %d shards, and\n         %.0f GB/s, which are assumed; "
                 "demand is what shards ask of the memory meanwhile.\n",
                 CORES, CORES, 1e-9 * ASSUMED_BANDWIDTH);
    return VT_OK;
}

vt_status bench_scaling(const bench_request *request, vt_error *err)
{
    timing one, all;
    bench_request brief = *request;
    brief.seconds = fmin(request->seconds, 3);
    bench_progress("scaling: middle shape");
    vt_status status = time_step(&brief, &middle, 1, &one, err);
    if (status == VT_OK) status = time_step(&brief, &middle, request->workers, &all, err);
    for (int s = 0; s < SWEEPS && status == VT_OK; s++) status = sweep_of(&brief, s, &one, err);
    return status == VT_OK ? model(request, &one, &all, err) : status;
}
