/* model/trunk.h - AIM's trunk: patchifier, fixed positions, pre-norm blocks, final norm.
 *
 * Everything as in aim.md 1.2: conv patch embedding as a product with a bias, LayerNorm, sincos
 * positions; blocks x += attn(norm_1 x), x += mlp(norm_2 x); biases in the patch embedding and the
 * norms alone. A probe reads raw block outputs; the pixel head reads post_trunk_norm of the last.
 */
#ifndef VT_TRUNK_H
#define VT_TRUNK_H
#include "model/attention.h"

typedef struct {
    int image_px, patch_px, channels; /* patch_px divides image_px */
    int width, depth, heads;          /* width: a multiple of 4 and of heads */
    double norm_eps;
} vt_trunk_shape;

isize vt_trunk_tokens(const vt_trunk_shape *shape); /* T */
isize vt_patch_values(const vt_trunk_shape *shape); /* P = channels * patch_px^2 */

typedef struct {
    vt_norm norm_1;
    vt_attn attn;
    vt_norm norm_2;
    vt_mlp mlp;
} vt_block;

typedef struct {
    vt_trunk_shape shape;
    vt_linear patch; /* [C, P]; P in the order channel, row, column */
    vt_norm patch_norm;
    vt_block *blocks; /* [depth], arena */
    vt_norm post_norm;
    vt_real *pos; /* [T, C], arena; equal for all views */
} vt_trunk;

/* What backward reads of a block. R is N but in the last block, where it counts the rows wanted. */
typedef struct {
    vt_norm_stat stat_1, stat_2;
    vt_attn_saved attn;
    vt_real *r;      /* [R, C] x + attn */
    vt_real *hidden; /* [R, 4C] of the MLP, before the GELU; NULL: t->hidden */
} vt_block_saved;

/* Activations of one pass of up to B images. out[l] is block l's raw output; tokens is the input
 * of block 0. With recompute, the blocks share the storage of one: backward computes a block's
 * forward again, from the output of the one before, just before it needs it. */
typedef struct {
    vt_real *patches;  /* [N, P] */
    vt_real *embedded; /* [N, C] before patch_norm */
    vt_norm_stat patch_stat, post_stat;
    vt_real *tokens;        /* [N, C] */
    vt_real **out;          /* [depth] of [N, C], the last of [R, C] */
    vt_block_saved *blocks; /* [depth], or [1] with recompute */
    vt_real *final;         /* [R, C] post_trunk_norm of the last block's output */
    int32_t *row_of;        /* [R] row among the N of each row wanted */
    int32_t *token_of;      /* [R] its place within its image */
    int recompute;
} vt_trunk_saved;

/* arena holds blocks and pos; the position table is computed when the arena has a base. */
vt_trunk vt_trunk_plan(const vt_trunk_shape *shape, vt_params *params, vt_arena *arena);
/* A pass without a backward wants recompute: it takes the least storage. */
vt_trunk_saved vt_trunk_saved_plan(const vt_trunk *trunk, isize B, int recompute, vt_arena *arena);
/* Scratch that passes of up to B images need; precision and recompute are the caller's to say. */
vt_scratch_size vt_trunk_scratch_size(const vt_trunk *trunk, isize B);

/* images [B, channels, image_px, image_px] normalised pixels; more where pass->image_of says so. */
void vt_trunk_forward(const vt_trunk *trunk, const vt_trunk_saved *saved, const vt_pass *pass,
                      const vt_real *images, const vt_scratch *t);
/* dfinal [R, C]: gradient of saved->final; may be t->n. */
void vt_trunk_backward(const vt_trunk *trunk, const vt_trunk_saved *saved, const vt_pass *pass,
                       const vt_real *dfinal, const vt_scratch *t);

/* Floating-point operations that the pass does in products and attention, multiply and add counted
 * as two: those that its mask and its rows need, and those done twice by recompute. */
int64_t vt_trunk_flops_forward(const vt_trunk *trunk, const vt_pass *pass);
int64_t vt_trunk_flops_backward(const vt_trunk *trunk, const vt_pass *pass, int recompute);

/* table [rows*cols, C]: [sin(c w) | cos(c w) | sin(r w) | cos(r w)] with w_j = 10000^(-j/(C/4)),
 * row r and column c of the patch grid: the first half encodes the column (aim.md 1.2). C: a
 * multiple of 4. */
void vt_sincos(vt_real *table, isize rows, isize cols, isize C);
/* patches [B*T, P], each in the order channel, row, column: what the embedding multiplies. */
void vt_patchify(vt_real *patches, const vt_real *images, isize B, const vt_trunk_shape *shape);
#endif
