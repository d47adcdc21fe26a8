/* bench/shape.h - the models that are measured, and a learner of each that is ready to step. */
#ifndef BENCH_SHAPE_H
#define BENCH_SHAPE_H
#include "bench/table.h"
#include "train/learner.h"

typedef struct {
    int width, depth, heads, image_px, patch_px, channels, batch;
    int head_depth; /* blocks of the pixel head, as wide as the trunk */
    int shards;     /* of the batch */
    int sums;       /* buffers of gradients; a small one costs time as it passes between caches */
} bench_shape;

enum { BENCH_SHAPE_COUNT = 6 };
extern const bench_shape bench_shapes[BENCH_SHAPE_COUNT];

typedef enum { BENCH_FP32, BENCH_BF16 } bench_precision;

int bench_tokens(const bench_shape *shape);
int bench_patch_values(const bench_shape *shape);
/* width/depth/heads/tokens/patch values/batch */
void bench_shape_name(const bench_shape *shape, char name[BENCH_SHAPE_NAME]);
const char *bench_precision_name(bench_precision precision);

/* AIM as published: prefix mask, normalised targets, clip 1, AdamW 0.9/0.95, decay 0.05. */
vt_config bench_config(const bench_shape *shape, bench_precision precision, int recompute);

typedef struct {
    vt_learner learner;
    vt_pool *pool;
    int64_t steps;
    double first_loss, first_seconds; /* of the first step */
} bench_run;

/* Opens a learner on `workers` threads, with images of white noise and prefixes uniform in
 * 1 .. T-1: the same ones, and the same parameters, for the same shape. */
VT_CHECKED vt_status bench_run_start(bench_run *out, const bench_shape *shape,
                                     const vt_config *config, int workers, vt_error *err);
/* The same, and one step, which touches all memory that there is. */
VT_CHECKED vt_status bench_run_open(bench_run *out, const bench_shape *shape,
                                    const vt_config *config, int workers, vt_error *err);
double bench_run_steps(bench_run *run, int count); /* seconds */
void bench_run_close(bench_run *run);
#endif
