/* objective/aim.h - autoregressive prediction of the next patch (aim.md 1.3 to 1.5, 1.7).
 *
 * Trunk, head, and squared error to the pixels of the next patch, normalised by its own mean and
 * variance; or cross-entropy to its code (objective/target.h).
 * The token at position i of the order (model/order.h) predicts patch i + 1. With a causal mask the
 * targets are the patches 1 .. T-1; with a prefix of length S those with index >= S, the first from
 * the last prefix token. The last token predicts nothing, and no other token sees it, so it does
 * not go through the trunk. The loss of a batch is the sum over its (image, target) pairs of the
 * mean squared error over the patch's P values, divided by the number of pairs in the whole batch:
 * so a shard needs that number before its backward, and it follows from the prefix lengths alone.
 */
#ifndef VT_AIM_H
#define VT_AIM_H
#include "model/decoder.h"
#include "model/order.h"
#include "objective/objective.h"
#include "objective/target.h"

typedef struct {
    vt_trunk_shape trunk;
    vt_order order;
    vt_decoder_kind head_kind;
    int head_width, head_depth, head_heads, head_norm_skip;
    int norm_pix;            /* 1: targets are normalised patch by patch */
    vt_codebook_shape codes; /* that are predicted; vq.K 0: pixels are */
} vt_aim_shape;

typedef struct {
    vt_trunk trunk;
    vt_decoder head;
    int32_t *places; /* [T] of the tokens: see vt_tokens; arena */
    vt_target target;
} vt_aim;

/* R rows of the pass predict a target each. */
typedef struct {
    vt_trunk_saved trunk; /* the tokens 0 .. T-2 of each image, in room for T */
    vt_decoder_saved head;
    vt_target_saved target; /* [R] */
    vt_real *patch;         /* [P] one patch of an image */
} vt_aim_saved;

/* Numbers of its validation losses: over all targets under a causal mask; over those behind each
 * image's prefix. */
enum { VT_AIM_CAUSAL, VT_AIM_PREFIX };

/* The shape that a config describes; of a probe's config the trunk alone. */
vt_aim_shape vt_aim_shape_of(const vt_config *config);
/* Parameters in the order trunk, head; see vt_params for what a plan can be run for. */
vt_aim vt_aim_plan(const vt_aim_shape *shape, vt_params *params, vt_arena *arena);
/* Activations for up to B images. With recompute, blocks share storage: see vt_trunk_saved. */
vt_aim_saved vt_aim_saved_plan(const vt_aim_shape *shape, isize B, int recompute, vt_arena *arena);
vt_scratch_size vt_aim_scratch_size(const vt_aim_shape *shape, isize B);

/* All of these want a pass of VT_ROWS_PREDICTING, with prefixes of 1 .. T-1: its rows are the
 * (image, target) pairs. */

/* Predictions and targets of images [B, channels, px, px]. */
void vt_aim_forward(const vt_aim *aim, const vt_aim_saved *saved, const vt_pass *pass,
                    const vt_real *images, const vt_scratch *t);
/* Where targets are codes, those of the pass, between forward and loss. */
void vt_aim_code(const vt_aim *aim, const vt_aim_saved *saved, const vt_pass *pass,
                 const vt_codebook *codebook);
/* Sum over the pass's pairs of the loss of each; sets the gradient of
 * sum / pairs_batch, where pairs_batch counts the pairs of the whole batch. */
double vt_aim_loss(const vt_aim *aim, const vt_aim_saved *saved, const vt_pass *pass,
                   isize pairs_batch);
/* Adds the parameters' gradients of what vt_aim_loss returned / pairs_batch. */
void vt_aim_backward(const vt_aim *aim, const vt_aim_saved *saved, const vt_pass *pass,
                     const vt_scratch *t);
/* Floating-point operations that forward and backward of the pass do: see
 * vt_trunk_flops_forward. Less than vt_aim_cost counts, which is the whole objective's cost. */
int64_t vt_aim_flops(const vt_aim *aim, const vt_pass *pass, int recompute);

vt_cost vt_aim_cost_of(const vt_aim_shape *shape);
#endif
