#include "bench/shape.h"
#include "base/rng.h"
#include "train/machine.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

/* width, depth, heads, image, patch, channels, batch, head's blocks, shards, sums */
const bench_shape bench_shapes[BENCH_SHAPE_COUNT] = {
    {64, 4, 2, 28, 4, 1, 64, 4, 16, 2},   {128, 6, 4, 28, 4, 1, 64, 6, 8, 1},
    {192, 8, 3, 32, 4, 3, 64, 8, 8, 1},   {384, 12, 6, 32, 4, 3, 32, 12, 8, 1},
    {512, 12, 8, 128, 8, 3, 8, 12, 8, 1}, {768, 12, 12, 128, 8, 3, 4, 12, 4, 1},
};

enum { SEED = 1 };
static const double RATE = 1e-3;

int bench_tokens(const bench_shape *shape)
{
    int side = shape->image_px / shape->patch_px;
    return side * side;
}

int bench_patch_values(const bench_shape *shape)
{
    return shape->channels * shape->patch_px * shape->patch_px;
}

void bench_shape_name(const bench_shape *shape, char name[BENCH_SHAPE_NAME])
{
    (void)snprintf(name, BENCH_SHAPE_NAME, "%d/%d/%d/%d/%d/%d", shape->width, shape->depth,
                   shape->heads, bench_tokens(shape), bench_patch_values(shape), shape->batch);
}

const char *bench_precision_name(bench_precision precision)
{
    return precision == BENCH_BF16 ? "bf16" : "fp32";
}

vt_config bench_config(const bench_shape *shape, bench_precision precision, int recompute)
{
    vt_config c = vt_config_default("pretrain");
    const char *name = bench_precision_name(precision);
    c.data_image_px = shape->image_px;
    c.data_channels = shape->channels;
    c.model_patch_px = shape->patch_px;
    c.model_width = c.head_width = shape->width;
    c.model_depth = shape->depth;
    c.model_heads = shape->heads;
    c.head_depth = shape->head_depth;
    memcpy(c.model_precision, name, strlen(name) + 1);
    c.train_recompute = recompute;
    c.optim_batch_images = shape->batch;
    c.train_shards = shape->shards;
    c.train_sums = shape->sums;
    return c;
}

static void fill(vt_learner *learner, const bench_shape *shape)
{
    isize pixels = learner->pixels;
    vt_learner_reset(learner, SEED);
    for (isize b = 0; b < shape->batch; b++) {
        vt_rng noise = vt_rng_at(SEED, VT_RNG_AUGMENT, 0, (uint64_t)b);
        for (isize i = 0; i < pixels; i++)
            learner->images[b * pixels + i] = (vt_real)vt_rng_normal(&noise);
        vt_learner_draw(learner, b, vt_rng_at(SEED, VT_RNG_PREFIX, 0, (uint64_t)b));
    }
}

vt_status bench_run_start(bench_run *out, const bench_shape *shape, const vt_config *config,
                          int workers, vt_error *err)
{
    *out = (bench_run){0};
    vt_status status = vt_pool_open(&out->pool, workers, err);
    if (status == VT_OK) status = vt_learner_open(&out->learner, config, out->pool, err);
    if (status == VT_OK)
        fill(&out->learner, shape);
    else
        bench_run_close(out);
    return status;
}

vt_status bench_run_open(bench_run *out, const bench_shape *shape, const vt_config *config,
                         int workers, vt_error *err)
{
    vt_status status = bench_run_start(out, shape, config, workers, err);
    if (status == VT_OK) out->first_seconds = bench_run_steps(out, 1);
    return status;
}

double bench_run_steps(bench_run *run, int count)
{
    double from = vt_clock_wall();
    for (int i = 0; i < count; i++) {
        vt_learner_result result = vt_learner_step(&run->learner, RATE, run->steps + 1);
        VT_ASSERT(isfinite(result.loss) && isfinite(result.grad_norm));
        if (run->steps == 0) run->first_loss = result.loss;
        run->steps++;
    }
    return vt_clock_wall() - from;
}

void bench_run_close(bench_run *run)
{
    vt_learner_close(&run->learner);
    vt_pool_close(&run->pool);
}
