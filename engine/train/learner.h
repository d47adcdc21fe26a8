/* train/learner.h - a model that learns: turns a batch of images into one optimiser step.
 *
 * What is learnt is the objective's (objective/objective.h). A batch is cut into shards, the same
 * ones for any number of workers (train/deal.h); who has none left takes slices of the last ones'
 * products. Activations belong to the worker that happens to compute a shard; gradients are added
 * up in the order of the shards, into `sums` buffers: shard s goes to buffer s mod sums, and the
 * buffers are added in their order. One buffer takes the least memory; more of them let more
 * workers add at the same time. Everything is planned once: after open, a step allocates nothing.
 */
#ifndef VT_LEARNER_H
#define VT_LEARNER_H
#include "objective/objective.h"
#include "optim/adamw.h"
#include "train/deal.h"

/* What one worker needs to turn images into gradients. */
typedef struct {
    void *saved; /* the objective's */
    vt_scratch scratch;
} vt_bay;

typedef struct {
    vt_config config;
    const vt_objective *objective;
    vt_pool *pool;    /* borrowed */
    isize pixels;     /* numbers of an image, all of its crops */
    isize draw_count; /* random choices of an image */
    vt_real *images;  /* [batch, pixels] as vt_objective_crop_at says: the caller fills them */
    int32_t *draws;   /* [batch, draw_count]: likewise, see vt_learner_draw */
    vt_params params; /* values: the parameters; info: their table */
    vt_params state;  /* what the objective keeps beside them: values and info */
    vt_optim optim;
    const vt_codebook *codebook; /* borrowed: set it where target.kind asks for one */

    /* the learner's own */
    vt_arena table, arena;
    void **models;    /* [sums] over the same values, each with its gradient buffer */
    vt_turns **turns; /* [sums] */
    vt_bay *bays;     /* [workers] */
    void *batch;      /* the objective's */
    isize T;
    isize shard_images;  /* of the largest shard */
    double *by_token;    /* [shards, T] of an evaluation */
    vt_part_loss *parts; /* [shards] */
    vt_deal deal;
    int32_t *dealt_draws; /* [batch, draw_count] choices of the images as dealt */
} vt_learner;

typedef struct {
    double loss;      /* mean over pairs; not finite: the parameters were left alone */
    double grad_norm; /* before clipping; not finite: likewise */
} vt_learner_result;

/* config of a pre-training run; pool NULL: one worker. */
VT_CHECKED vt_status vt_learner_open(vt_learner *out, const vt_config *config, vt_pool *pool,
                                     vt_error *err);
void vt_learner_close(vt_learner *learner);
/* Parameters as the seed says, moments zero. */
void vt_learner_reset(vt_learner *learner, uint64_t seed);
/* After the caller changed params.values: what is derived from them follows. */
void vt_learner_refresh(vt_learner *learner);

/* The random choices that concern the image in this slot of the batch. */
void vt_learner_draw(vt_learner *learner, isize slot, vt_rng rng);
/* One step on images and draws; step counts from 1 (bias correction). */
vt_learner_result vt_learner_step(vt_learner *learner, double lr, int64_t step);
/* What the objective measures of the step just taken, [metrics] of it. */
void vt_learner_measure(vt_learner *learner, int64_t step, double *values);
/* The objective's loss of this number over the first count <= batch images. */
vt_part_loss vt_learner_evaluate(vt_learner *learner, isize count, int loss);
/* Of the vt_part_loss just given, the sums of the losses at each place of the sequence, [T]; zeros
 * where the objective has none. */
void vt_learner_by_token(const vt_learner *learner, double *sums);
/* What the objective makes of the first images of the batch, count of them, at most shard_images;
 * see vt_imagined. */
int vt_learner_imagine(vt_learner *learner, isize count, const vt_imagined *out);
/* Floating-point operations in products and attention that a step with the present draws does. */
int64_t vt_learner_flops(vt_learner *learner);
#endif
