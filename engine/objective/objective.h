/* objective/objective.h - what a trunk is trained by: one interface for AIM and its rivals.
 *
 * An objective is a table of functions in a file of its own and a line in wire/objectives.h. It
 * owns what stands around the trunk: heads, targets, masks, a teacher. The learner owns buffers,
 * shards and workers, and takes a step so:
 *
 *   draw       for each image, as it is read: the random choices that concern it (prefix, mask)
 *   prepare    all shards, in any order: what needs the whole batch later (a teacher's outputs)
 *   settle     once: what follows from the whole batch (centring, Sinkhorn-Knopp)
 *   learn      all shards, in any order: loss and gradients, in one pass or in several
 *   (the optimiser takes its step)
 *   finish     once: what follows the parameters (a teacher's moving average)
 *
 * Results must not depend on which worker runs what, nor when: prepare and learn write to the
 * worker's saved activations, to rows of their own images in the batch, and to gradients in their
 * turn; settle and finish run alone. A function that is NULL is not wanted.
 */
#ifndef VT_OBJECTIVE_H
#define VT_OBJECTIVE_H
#include "base/rng.h"
#include "codes/codebook.h"
#include "config/config.h"
#include "model/decoder.h"
#include "model/trunk.h"
#include "par/pool.h"
#include "wire/objectives.h"

/* What an image is shown as: `whole` random crops of data.image_px, one after the other, then
 * `small` ones of small_px. */
typedef struct {
    int whole, small, small_px;
} vt_crops;

/* The images of one shard, and what a function needs to work on them. */
typedef struct {
    const vt_config *config;
    void *model;             /* of plan: of the shard's gradient buffer */
    void *saved;             /* of plan_saved: the worker's */
    void *batch;             /* of plan_batch: everyone's */
    isize B;                 /* images; may be 0 */
    int pass;                /* of learn: 0 .. passes - 1 */
    const vt_real *images;   /* of the whole batch: see vt_objective_crop_at */
    const int32_t *image_of; /* [B] each one's number in the batch */
    const int32_t *draws;    /* [B, draws] */
    isize pairs_batch;       /* of the whole batch: what the loss is a mean over */
    double progress;         /* steps done, as a share of the schedule */
    double *by_token;        /* [T] evaluate adds each target's loss at its place in the sequence,
                                where the objective has one; NULL: not wanted */
    const vt_codebook *codebook; /* that target.kind asks for; NULL: it asks for pixels */
    const vt_scratch *scratch;
} vt_shard;

/* What an objective makes of the first view of each image of a shard. */
typedef struct {
    int own;         /* 1: a prediction stands on those before it; 0: on the image as it is */
    vt_real *pixels; /* [B, values of the view] the image at call; predictions take the place of the
                        patches that were not given */
    int32_t *given;  /* [B, patches] 1: the patch was given */
} vt_imagined;

/* Once a step, for the whole batch. */
typedef struct {
    const vt_config *config;
    void *model, *batch;
    isize B; /* images */
    double progress;
    vt_params *params, *state; /* values of both; gradients of neither */
    vt_pool *pool;             /* borrowed; NULL: one worker */
} vt_whole;

typedef struct {
    double sum; /* of the losses of its pairs */
    isize pairs;
} vt_part_loss;

/* Exact cost in floating-point operations, multiply and add counted as two: every matrix product
 * of forward and backward, attention's T x T products included whole, heads on every token: a
 * property of the model and not of how an engine saves work, so that runs compare. Norms, GELU,
 * softmax, loss and optimiser are left out. */
typedef struct {
    int64_t params_trunk, params_total;
    int64_t tokens;        /* patches of an image: what D counts */
    int64_t flops_trunk;   /* forward, one whole image, trunk alone: what a probe needs of it */
    int64_t flops_forward; /* one image, all that training does forward, trunk and heads */
    int64_t flops_train;   /* one image, all that a step does with it */
} vt_cost;

typedef struct {
    const char *name;
    int class_token, mask_token; /* 1: the trunk has one */
    int ordered;                 /* 1: its first loss has the targets 1 .. T-1 of each image and is
                                    told by_token */
    int targets;                 /* 1: what it predicts of a patch is what target.kind says */
    int passes;                  /* times that learn is called for each shard, each time for all
                                    before the next. The first adds to every gradient, be it 0; of
                                    the others each to the same ones for all shards, or to none */
    const void *recipe;          /* what tells it from others that share its functions, or NULL */
    const char *probed;          /* what stands before the names of the trunk that probes read: of a
                                    teacher; NULL: nothing, the trunk that learns */
    const char *const *losses;   /* names of the validation losses, NULL behind the last */
    const char *const *metrics;  /* names of what measure gives, likewise; NULL: none */

    /* VT_ERR_CONFIG names key and cure: values that do not fit this objective. */
    vt_status (*check)(const vt_config *config, vt_error *err);
    vt_crops (*crops)(const vt_config *config); /* NULL: {1, 0, 0} */
    vt_cost (*cost)(const vt_config *config);

    /* Random choices of one image: int32_t [draws]; pairs: how many targets they give it, 0 .. T,
     * by which images are dealt to shards and the loss is weighed. slot: its number in the batch.
     */
    isize (*draws)(const vt_config *config);
    void (*draw)(const vt_config *config, int32_t *draws, vt_rng rng, isize slot);
    isize (*pairs)(const vt_config *config, const int32_t *draws);

    /* Everything is carved from the arena once; NULL where it only counts. Parameters that learn
     * are taken from params, the trunk's first; what is kept beside them, but not learnt by a
     * gradient (a teacher, a centre), from state: checkpoints hold both, under their names. */
    void *(*plan)(const vt_config *config, vt_params *params, vt_params *state, vt_arena *arena);
    void *(*plan_saved)(const vt_config *config, isize B, int recompute, vt_arena *arena);
    void *(*plan_batch)(const vt_config *config, isize B, vt_arena *arena);
    vt_scratch_size (*scratch_size)(const vt_config *config, isize B);

    void (*start)(const vt_whole *whole); /* parameters are fresh: fills state */
    void (*prepare)(const vt_shard *shard);
    void (*settle)(const vt_whole *whole);
    /* Returns what the pass has of the sum of the losses of the shard's pairs; adds the gradient of
     * it / pairs_batch. */
    double (*learn)(const vt_shard *shard);
    void (*finish)(const vt_whole *whole);
    void (*measure)(const vt_whole *whole, double *values); /* of the step just taken */

    /* loss: number among losses. No gradients, and state stays as it is. */
    vt_part_loss (*evaluate)(const vt_shard *shard, int loss);
    /* Returns 0 where the objective cannot: no order to predict on in, nothing of pixels. */
    int (*imagine)(const vt_shard *shard, const vt_imagined *out);
    /* Operations in products and attention that the shard's step does, no more and no less. */
    int64_t (*flops)(const vt_shard *shard, int recompute);
} vt_objective;

#define VT_OBJECTIVE_DECLARE(name, help) extern const vt_objective vt_objective_##name;
WIRE_OBJECTIVES(VT_OBJECTIVE_DECLARE)
#undef VT_OBJECTIVE_DECLARE

const vt_objective *vt_objective_of(const vt_config *config);
vt_crops vt_objective_crops(const vt_config *config);
isize vt_objective_values(const vt_config *config); /* numbers of an image with all of its crops */
/* Where a crop of an image of the batch begins: crop after crop, of each those of all images. */
isize vt_objective_crop_at(const vt_config *config, int crop, isize image);
VT_CHECKED vt_status vt_objective_check(const vt_config *config, vt_error *err);
vt_trunk_shape vt_objective_trunk(const vt_config *config);
vt_decoder_kind vt_objective_head_kind(const vt_config *config);
/* VT_ERR_CONFIG: keys of the head do not fit a head of this kind. */
VT_CHECKED vt_status vt_objective_check_head(const vt_config *config, vt_decoder_kind kind,
                                             vt_error *err);
/* A cost of which the trunk's own part is filled in. */
vt_cost vt_objective_trunk_cost(const vt_trunk_shape *shape);
#endif
