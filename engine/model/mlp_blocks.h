/* model/mlp_blocks.h - a stack of residual MLP blocks, which keeps rows apart (aim.md 1.4).
 *
 * A block is x += mlp(norm_2 x); with norm_skip it first does x += norm_1(x), as the published
 * training code does.
 */
#ifndef VT_MLP_BLOCKS_H
#define VT_MLP_BLOCKS_H
#include "model/layers.h"

typedef struct {
    int width, depth; /* W; blocks, 0 is fine */
    int norm_skip;    /* 1: blocks have norm_1 */
    double norm_eps;
} vt_mlp_blocks_shape;

typedef struct {
    vt_norm norm_1; /* only with norm_skip */
    vt_norm norm_2;
    vt_mlp mlp;
} vt_mlp_block;

typedef struct {
    vt_mlp_blocks_shape shape;
    vt_mlp_block *list; /* [depth], arena */
} vt_mlp_blocks;

typedef struct {
    vt_norm_stat stat_1, stat_2;
    vt_real *skipped; /* [R, W] x + norm_1(x); only with norm_skip */
    vt_real *hidden;  /* [R, 4W] of the MLP, before the GELU; NULL: t->hidden */
} vt_mlp_block_saved;

typedef struct {
    vt_real **out;            /* [depth] of [R, W] */
    vt_mlp_block_saved *list; /* [depth], or [1] with recompute: see vt_blocks_saved */
    int recompute;
} vt_mlp_blocks_saved;

/* Parameters NAME.0.norm_2.weight and so on. */
vt_mlp_blocks vt_mlp_blocks_plan(const vt_mlp_blocks_shape *shape, vt_params *params,
                                 vt_arena *arena, const char *name);
/* Storage for up to R rows. */
vt_mlp_blocks_saved vt_mlp_blocks_saved_plan(const vt_mlp_blocks_shape *shape, isize R,
                                             int recompute, vt_arena *arena);
/* x [R, W]; returns what leaves the last block [R, W], x itself where there is none. */
const vt_real *vt_mlp_blocks_forward(const vt_mlp_blocks *blocks, const vt_mlp_blocks_saved *saved,
                                     const vt_real *x, isize R, const vt_scratch *t);
/* t->dx is the gradient [R, W] of the last output at call, that of x at return. */
void vt_mlp_blocks_backward(const vt_mlp_blocks *blocks, const vt_mlp_blocks_saved *saved,
                            const vt_real *x, isize R, const vt_scratch *t);

/* Floating-point operations of R rows: see vt_blocks_flops_forward. */
int64_t vt_mlp_blocks_flops_forward(const vt_mlp_blocks_shape *shape, isize R);
int64_t vt_mlp_blocks_flops_backward(const vt_mlp_blocks_shape *shape, isize R, int recompute);
#endif
