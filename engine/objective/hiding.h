/* objective/hiding.h - prediction of patches that are hidden: mae, masked, beit (aim.md 1.7, 9).
 *
 * Some patches of an image are hidden from the trunk, and predicted (objective/target.h). Tokens
 * stand in an order in which the hidden ones come last, so that they are a range of rows.
 *
 *   drops      the trunk does not see hidden patches at all; a decoder puts mask tokens in their
 *              place, and lets all tokens see one another
 *   otherwise  the trunk has mask tokens in their place, and a head reads their rows
 *
 * The loss of a batch is the mean over its hidden patches.
 */
#ifndef VT_HIDING_H
#define VT_HIDING_H
#include "objective/features.h"
#include "objective/masking.h"
#include "objective/objective.h"
#include "objective/target.h"

/* What tells such objectives apart: the recipe of each. */
typedef struct {
    int drops;
    int blocks; /* 1: blocks are hidden, not patches one by one */
    int coded;  /* 1: only codes are predicted, by a linear */
} vt_hiding_recipe;

typedef struct {
    const vt_hiding_recipe *recipe;
    vt_trunk_shape trunk;
    vt_decoder_shape head;
    vt_target target;
    isize hidden; /* patches of an image; of blocks, at most */
} vt_hiding_shape;

typedef struct {
    vt_hiding_shape shape;
    vt_trunk trunk;
    vt_decoder head;
} vt_hiding;

typedef struct {
    vt_trunk_saved trunk;
    vt_decoder_saved head;
    vt_target_saved target;
    int32_t *masked;   /* [B, patches] of the tokens: see vt_tokens */
    int32_t *place_of; /* [B, T] of the head's rows where the trunk drops some */
    vt_range *rows;    /* [B] of the tokens of hidden patches */
    vt_real *patch;    /* [P] */
} vt_hiding_saved;

/* What images of a batch leave to be measured. */
typedef struct {
    vt_features features;
    int32_t *codes;     /* [B, patches] of each hidden patch; coded alone, like what follows */
    int32_t *predicted; /* [B, patches] */
    int32_t *hidden;    /* [B] how many of these there are */
    isize *counts;      /* [K] */
} vt_hiding_batch;

enum { VT_HIDING_METRICS = 3 };
extern const char *const vt_hiding_losses[], *const vt_hiding_metrics[],
                                                 *const vt_hiding_metrics_coded[];

/* A line of the table of each such objective. */
vt_status vt_hiding_check(const vt_config *config, vt_error *err);
vt_cost vt_hiding_cost(const vt_config *config);
isize vt_hiding_draws(const vt_config *config);
void vt_hiding_draw(const vt_config *config, int32_t *draws, vt_rng rng, isize slot);
isize vt_hiding_pairs(const vt_config *config, const int32_t *draws);
void *vt_hiding_plan(const vt_config *config, vt_params *params, vt_params *state, vt_arena *arena);
void *vt_hiding_plan_saved(const vt_config *config, isize B, int recompute, vt_arena *arena);
void *vt_hiding_plan_batch(const vt_config *config, isize B, vt_arena *arena);
vt_scratch_size vt_hiding_scratch_size(const vt_config *config, isize B);
double vt_hiding_learn(const vt_shard *shard);
void vt_hiding_measure(const vt_whole *whole, double *values);
vt_part_loss vt_hiding_evaluate(const vt_shard *shard, int loss);
int vt_hiding_imagine(const vt_shard *shard, const vt_imagined *out);
int64_t vt_hiding_flops(const vt_shard *shard, int recompute);

#define VT_HIDING_FUNCTIONS                                                                        \
    .passes = 1, .targets = 1, .losses = vt_hiding_losses, .check = vt_hiding_check,               \
    .cost = vt_hiding_cost, .draws = vt_hiding_draws, .draw = vt_hiding_draw,                      \
    .pairs = vt_hiding_pairs, .plan = vt_hiding_plan, .plan_saved = vt_hiding_plan_saved,          \
    .plan_batch = vt_hiding_plan_batch, .scratch_size = vt_hiding_scratch_size,                    \
    .learn = vt_hiding_learn, .measure = vt_hiding_measure, .evaluate = vt_hiding_evaluate,        \
    .imagine = vt_hiding_imagine, .flops = vt_hiding_flops
#endif
