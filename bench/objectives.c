/* Suite objectives: a training step of each, beside what its own products take. */
#include "base/rng.h"
#include "bench/products.h"
#include "bench/suites.h"
#include "objective/target.h"
#include "train/machine.h"
#include <stdio.h>
#include <string.h>

static const double STEP_SECONDS = 0.25; /* one measurement is as many steps as fill this */

#define NAME(name, help) #name,
static const char *const names[] = {WIRE_OBJECTIVES(NAME)};
#undef NAME

/* The same trunk, and a head as wide, whatever is learnt; codes where nothing else can be. */
static vt_config config_of(const bench_shape *shape, bench_precision precision, const char *name)
{
    vt_config config = bench_config(shape, precision, 0);
    vt_error err;
    config.head_heads = shape->heads;
    memcpy(config.objective_name, name, strlen(name) + 1);
    if (vt_objective_check(&config, &err) != VT_OK)
        memcpy(config.target_kind, "kmeans", sizeof "kmeans");
    return config;
}

static vt_status open_codebook(vt_codebook *out, const vt_config *config, vt_error *err)
{
    vt_target target = vt_target_of(config);
    vt_rng rng = vt_rng_at(1, VT_RNG_TEST, 0, 0);
    *out = (vt_codebook){0};
    if (!target.coded) return VT_OK;
    vt_status status = vt_codebook_open(out, &target.codes, err);
    for (isize i = 0; status == VT_OK && i < target.codes.vq.K * target.P; i++)
        out->patches[i] = (vt_real)vt_rng_normal(&rng);
    return status;
}

typedef struct {
    bench_run run;
    vt_codebook codebook;
    bench_samples images, images_at_best;
} side;

/* products: of AIM's step; a rate of theirs holds for the products of others of the same widths. */
static void measure(side *s, bench_products *products)
{
    double first = s->run.first_seconds;
    int steps = first < STEP_SECONDS ? (int)(STEP_SECONDS / first) + 1 : 1;
    double images = (double)s->run.learner.config.optim_batch_images * steps;
    double flops = (double)vt_learner_flops(&s->run.learner) * steps;
    double seconds = bench_run_steps(&s->run, steps);
    bench_sample(&s->images, images / seconds);
    bench_sample(&s->images_at_best, images / flops * bench_products_rate(products));
}

static vt_status objective_of(const bench_request *r, const bench_shape *shape,
                              bench_precision precision, const char *name, bench_products *products,
                              vt_error *err)
{
    bench_what what = {.suite = "objectives",
                       .precision = bench_precision_name(precision),
                       .workers = r->workers,
                       .recompute = 0};
    char of[BENCH_SHAPE_NAME];
    vt_config config = config_of(shape, precision, name);
    side s = {0};
    bench_shape_name(shape, of);
    (void)snprintf(what.shape, sizeof what.shape, "%.7s %.23s", name, of);
    bench_progress("objectives: %s, %s", what.shape, what.precision);
    vt_status status = vt_objective_check(&config, err);
    if (status == VT_OK) status = open_codebook(&s.codebook, &config, err);
    if (status == VT_OK) status = bench_run_start(&s.run, shape, &config, r->workers, err);
    if (status == VT_OK) {
        s.run.learner.codebook = &s.codebook;
        s.run.first_seconds = bench_run_steps(&s.run, 1);
        double from = vt_clock_wall();
        for (int i = 0; bench_again(r, i, from); i++) measure(&s, products);
        what.metric = "images_per_s";
        what.unit = "images/s";
        what.limit_name = "gemm_only";
        bench_add(r->table, what, &s.images, &s.images_at_best);
        bench_run_close(&s.run);
    }
    vt_codebook_close(&s.codebook);
    return status;
}

static vt_status shape_of(const bench_request *r, const bench_shape *shape,
                          bench_precision precision, vt_error *err)
{
    bench_run aim = {0};
    bench_products products = {0};
    vt_config config = bench_config(shape, precision, 0);
    vt_status status = bench_run_start(&aim, shape, &config, r->workers, err);
    if (status != VT_OK) return status;
    status = bench_products_open(&products, shape, &aim.learner, aim.pool, err);
    for (size_t i = 0; status == VT_OK && i < sizeof names / sizeof *names; i++)
        status = objective_of(r, shape, precision, names[i], &products, err);
    bench_products_close(&products);
    bench_run_close(&aim);
    return status;
}

vt_status bench_objectives(const bench_request *request, vt_error *err)
{
    enum { MIDDLE = 2 };
    int named = request->shape_count < BENCH_SHAPE_COUNT;
    for (int s = 0; s < request->shape_count; s++) {
        if (!named && request->shapes[s] != &bench_shapes[MIDDLE]) continue;
        for (int p = 0; p < request->precision_count; p++) {
            vt_status status =
                shape_of(request, request->shapes[s], (bench_precision)request->precisions[p], err);
            if (status != VT_OK) return status;
        }
    }
    return VT_OK;
}
