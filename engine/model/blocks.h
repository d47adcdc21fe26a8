/* model/blocks.h - a stack of pre-norm transformer blocks: the middle of trunks and decoders.
 *
 * A block is x += attn(norm_1 x), x += mlp(norm_2 x), without biases but in the norms (aim.md 1.2).
 * All N rows of a pass go through; only those that the pass wants leave the last block.
 */
#ifndef VT_BLOCKS_H
#define VT_BLOCKS_H
#include "model/attention.h"

typedef struct {
    vt_norm norm_1;
    vt_attn attn;
    vt_norm norm_2;
    vt_mlp mlp;
} vt_block;

typedef struct {
    int width, depth, heads; /* C, L >= 1, H */
    double norm_eps;
} vt_blocks_shape;

typedef struct {
    vt_blocks_shape shape;
    vt_block *list; /* [depth], arena */
} vt_blocks;

/* What backward reads of a block. R is N but in the last block, where it counts the rows wanted. */
typedef struct {
    vt_norm_stat stat_1, stat_2;
    vt_attn_saved attn;
    vt_real *r;      /* [R, C] x + attn */
    vt_real *hidden; /* [R, 4C] of the MLP, before the GELU; NULL: t->hidden */
} vt_block_saved;

/* Activations of one pass. out[l] is block l's raw output. With recompute, the blocks share the
 * storage of one: backward computes a block's forward again, from the output of the one before,
 * just before it needs it. */
typedef struct {
    vt_real **out;        /* [depth] of [N, C], the last of [R, C] */
    vt_block_saved *list; /* [depth], or [1] with recompute */
    int32_t *row_of;      /* [R] row among the N of each row wanted */
    int recompute;
} vt_blocks_saved;

/* Parameters NAME.0.attn.qkv.weight and so on. */
vt_blocks vt_blocks_plan(const vt_blocks_shape *shape, vt_params *params, vt_arena *arena,
                         const char *name);
/* For passes of up to B images of up to T tokens. */
vt_blocks_saved vt_blocks_saved_plan(const vt_blocks_shape *shape, isize B, isize T, int recompute,
                                     vt_arena *arena);
vt_scratch_size vt_blocks_scratch_size(const vt_blocks_shape *shape, isize B, isize T);

/* x [N, C] */
void vt_blocks_forward(const vt_blocks *blocks, const vt_blocks_saved *saved, const vt_pass *pass,
                       const vt_real *x, const vt_scratch *t);
/* t->dx is the gradient [R, C] of the last output at call, that of x [N, C] at return. */
void vt_blocks_backward(const vt_blocks *blocks, const vt_blocks_saved *saved, const vt_pass *pass,
                        const vt_real *x, const vt_scratch *t);
/* The same of a pass of all rows whose reader has the raw outputs of the blocks from .. depth - 1:
 * each has the gradient dout [N, C], which is not in t. t->dx need not be set. */
void vt_blocks_backward_from(const vt_blocks *blocks, const vt_blocks_saved *saved,
                             const vt_pass *pass, const vt_real *x, const vt_real *dout, int from,
                             const vt_scratch *t);

/* Floating-point operations that the pass does in products and attention, multiply and add counted
 * as two: those that its mask and its rows need, and those done twice by recompute. */
int64_t vt_blocks_flops_forward(const vt_blocks_shape *shape, const vt_pass *pass);
int64_t vt_blocks_flops_backward(const vt_blocks_shape *shape, const vt_pass *pass, int recompute);
#endif
