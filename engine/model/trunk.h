/* model/trunk.h - AIM's trunk: patchifier, fixed positions, pre-norm blocks, final norm.
 *
 * Everything as in aim.md 1.2: conv patch embedding as a product with a bias, LayerNorm, sincos
 * positions; blocks x += attn(norm_1 x), x += mlp(norm_2 x); biases in the patch embedding and the
 * norms alone. A probe reads raw block outputs; heads read post_trunk_norm of the last. Every
 * objective trains this trunk, some with a class token or a mask token (model/embed.h).
 */
#ifndef VT_TRUNK_H
#define VT_TRUNK_H
#include "model/blocks.h"
#include "model/embed.h"

typedef struct {
    vt_trunk_shape shape;
    vt_embed embed;
    vt_blocks blocks;
    vt_norm post_norm;
} vt_trunk;

/* Activations of one pass of up to B images. */
typedef struct {
    vt_embed_saved embed;
    vt_real *tokens; /* [N, C] input of block 0 */
    vt_blocks_saved blocks;
    vt_norm_stat post_stat;
    vt_real *final;    /* [R, C] post_trunk_norm of the last block's output */
    int32_t *place_of; /* [R] the patch that each row wanted is, in the shape's grid; class: -1 */
} vt_trunk_saved;

/* arena holds blocks and positions; the table of these is computed when the arena has a base. */
vt_trunk vt_trunk_plan(const vt_trunk_shape *shape, vt_params *params, vt_arena *arena);
/* A pass without a backward wants recompute: it takes the least storage. */
vt_trunk_saved vt_trunk_saved_plan(const vt_trunk_shape *shape, isize B, int recompute,
                                   vt_arena *arena);
/* Scratch that passes of up to B images need; precision and recompute are the caller's to say. */
vt_scratch_size vt_trunk_scratch_size(const vt_trunk_shape *shape, isize B);

/* images [B, channels, image_px, image_px] normalised pixels: see vt_embed_forward. */
void vt_trunk_forward(const vt_trunk *trunk, const vt_trunk_saved *saved, const vt_pass *pass,
                      const vt_real *images, const vt_scratch *t);
/* dfinal [R, C]: gradient of saved->final; may be t->n. */
void vt_trunk_backward(const vt_trunk *trunk, const vt_trunk_saved *saved, const vt_pass *pass,
                       const vt_real *dfinal, const vt_scratch *t);
/* Of a reader of raw block outputs: see vt_blocks_backward_from. */
void vt_trunk_backward_from(const vt_trunk *trunk, const vt_trunk_saved *saved, const vt_pass *pass,
                            const vt_real *dout, int from, const vt_scratch *t);

/* Floating-point operations of the pass: see vt_blocks_flops_forward. */
int64_t vt_trunk_flops_forward(const vt_trunk *trunk, const vt_pass *pass);
int64_t vt_trunk_flops_backward(const vt_trunk *trunk, const vt_pass *pass, int recompute);
#endif
