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

typedef struct {
    vt_norm_stat stat_1, stat_2;
    vt_real *n1, *r, *n2; /* [N, C] norm_1(x); x + attn; norm_2(r) */
    vt_attn_saved attn;
    vt_mlp_saved mlp;
} vt_block_saved;

/* Activations of one pass of up to B images. out[l] is block l's raw output; tokens is the input
 * of block 0. A frozen trunk (forward only) shares the blocks' storage: see frozen below. */
typedef struct {
    vt_real *patches;  /* [N, P] */
    vt_real *embedded; /* [N, C] before patch_norm */
    vt_norm_stat patch_stat, post_stat;
    vt_real *tokens;        /* [N, C] */
    vt_real **out;          /* [depth] of [N, C] */
    vt_block_saved *blocks; /* [depth], or [1] used again by each block when frozen */
    vt_real *final;         /* [N, C] post_trunk_norm of the last block's output */
    int frozen;
} vt_trunk_saved;

typedef struct {
    vt_real *dx, *dr, *dn; /* [N, C] */
    vt_real *wide;         /* [N, 4C] */
    vt_attn_scratch attn;
} vt_trunk_scratch;

/* arena holds blocks and pos; the position table is computed when the arena has a base. */
vt_trunk vt_trunk_plan(const vt_trunk_shape *shape, vt_params *params, vt_arena *arena);
vt_trunk_saved vt_trunk_saved_plan(const vt_trunk *trunk, isize B, int frozen, vt_arena *arena);
vt_trunk_scratch vt_trunk_scratch_plan(const vt_trunk *trunk, isize B, vt_arena *arena);

/* images [B, channels, image_px, image_px] normalised pixels. */
void vt_trunk_forward(const vt_trunk *trunk, const vt_trunk_saved *saved, const vt_pass *pass,
                      const vt_real *images);
/* dfinal [N, C]: gradient of saved->final; overwritten. Needs a pass that was not frozen. */
void vt_trunk_backward(const vt_trunk *trunk, const vt_trunk_saved *saved, const vt_pass *pass,
                       vt_real *dfinal, const vt_trunk_scratch *scratch);

/* table [rows*cols, C]: [sin(c w) | cos(c w) | sin(r w) | cos(r w)] with w_j = 10000^(-j/(C/4)),
 * row r and column c of the patch grid: the first half encodes the column (aim.md 1.2). C: a
 * multiple of 4. */
void vt_sincos(vt_real *table, isize rows, isize cols, isize C);
/* patches [B*T, P], each in the order channel, row, column: what the embedding multiplies. */
void vt_patchify(vt_real *patches, const vt_real *images, isize B, const vt_trunk_shape *shape);
#endif
