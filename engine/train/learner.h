/* train/learner.h - a model that learns: turns a batch of images into one optimiser step.
 *
 * A batch is cut into shards, the same ones for any number of workers; images are dealt to them so
 * that each has about as many rows to predict, and workers end together. Activations belong to the
 * worker that happens to compute a shard; gradients are added up in the order of the shards, into
 * `sums` buffers: shard s goes to buffer s mod sums, and the buffers are added in their order. One
 * buffer takes the least memory; more of them let more workers add at the same time. Everything is
 * planned once: after open, a step allocates nothing.
 */
#ifndef VT_LEARNER_H
#define VT_LEARNER_H
#include "objective/aim.h"
#include "optim/adamw.h"

typedef enum {
    VT_FP32, /* products in vt_real */
    VT_BF16  /* products read bf16 and add up in fp32; parameters, moments and all else in fp32 */
} vt_precision;

typedef struct {
    vt_aim_shape shape;
    vt_mask_kind mask; /* of training */
    vt_precision precision;
    int recompute;    /* 1: a block's activations are computed again for backward; same bits */
    isize batch;      /* images of a step */
    int shards, sums; /* 1 <= sums <= shards */
    double beta1, beta2, eps, weight_decay, clip_norm; /* AdamW: see optim/adamw.h */
} vt_learner_options;

/* What one worker needs to turn images into gradients. */
typedef struct {
    vt_aim_saved saved;
    vt_scratch scratch;
} vt_bay;

typedef struct {
    vt_learner_options options;
    vt_pool *pool;       /* borrowed */
    isize T, pixels;     /* tokens; values of an image */
    vt_real *images;     /* [batch, channels, px, px]: the caller fills them before a call */
    int32_t *prefix_len; /* [batch], each in 1 .. T-1; a causal mask does not read them */
    vt_params params;    /* values: the parameters; info: their table */
    vt_optim optim;

    /* the learner's own */
    vt_arena table, arena;
    vt_aim *views;         /* [sums] over the same values, each with its gradient buffer */
    vt_turns **turns;      /* [sums] */
    vt_bay *bays;          /* [workers] */
    isize shard_images;    /* of the largest shard */
    double *losses;        /* [shards] sum over pairs */
    int32_t *dealt;        /* [batch] places of the images in the order of the shards */
    int32_t *dealt_prefix; /* [batch] their prefixes */
    isize *shard_first;    /* [shards + 1] where each shard begins in that order */
    isize *turn_of_rows;   /* [T + 1] scratch of dealing */
} vt_learner;

typedef struct {
    double loss;      /* mean over pairs; not finite: the parameters were left alone */
    double grad_norm; /* before clipping; not finite: likewise */
} vt_learner_result;

/* pool NULL: one worker. */
VT_CHECKED vt_status vt_learner_open(vt_learner *out, const vt_learner_options *options,
                                     vt_pool *pool, vt_error *err);
void vt_learner_close(vt_learner *learner);
/* Parameters as the seed says, moments zero. */
void vt_learner_reset(vt_learner *learner, uint64_t seed);
/* After the caller changed params.values: what is derived from them follows. */
void vt_learner_refresh(vt_learner *learner);

/* One step on images and prefix_len; step counts from 1 (bias correction). */
vt_learner_result vt_learner_step(vt_learner *learner, double lr, int64_t step);
/* Sum of the losses of the pairs of the first count <= batch images, under another mask where
 * wanted; *pairs counts them. */
double vt_learner_evaluate(vt_learner *learner, isize count, vt_mask_kind mask, isize *pairs);
/* Floating-point operations in products and attention that a step with the present prefix_len
 * does: see vt_aim_flops. */
int64_t vt_learner_flops(vt_learner *learner);
#endif
