/* model/pixel_head.h - AIM's pixel prediction head: a token-wise residual MLP (aim.md 1.4).
 *
 * projection to W, fixed sincos positions of width W, depth residual blocks, LayerNorm, linear to
 * P. A block is x += mlp(norm_2 x); with norm_skip it first does x += norm_1(x), as the published
 * training code does.
 */
#ifndef VT_PIXEL_HEAD_H
#define VT_PIXEL_HEAD_H
#include "model/layers.h"

typedef struct {
    int grid_side;    /* patches along a side; T = grid_side^2 */
    isize in, values; /* C of the trunk; P */
    int width, depth; /* W, a multiple of 4; blocks, 0 is fine */
    int norm_skip;    /* 1: blocks have norm_1 */
    double norm_eps;
} vt_head_shape;

typedef struct {
    vt_norm norm_1; /* only with norm_skip */
    vt_norm norm_2;
    vt_mlp mlp;
} vt_head_block;

typedef struct {
    vt_head_shape shape;
    vt_linear projection;  /* [W, C] */
    vt_head_block *blocks; /* [depth], arena */
    vt_norm norm;
    vt_linear pred; /* [P, W] */
    vt_real *pos;   /* [T, W], arena */
} vt_pixel_head;

/* R rows: those from which a target is predicted. */
typedef struct {
    vt_norm_stat stat_1, stat_2;
    vt_real *skipped; /* [R, W] x + norm_1(x); only with norm_skip */
    vt_real *hidden;  /* [R, 4W] of the MLP, before the GELU; NULL: t->hidden */
} vt_head_block_saved;

typedef struct {
    vt_real *projected;          /* [R, W] with positions: input of block 0 */
    vt_real **out;               /* [depth] of [R, W] */
    vt_head_block_saved *blocks; /* [depth], or [1] with recompute: see vt_trunk_saved */
    vt_norm_stat stat;
    vt_real *pred; /* [R, P] */
    int recompute;
} vt_head_saved;

vt_pixel_head vt_pixel_head_plan(const vt_head_shape *shape, vt_params *params, vt_arena *arena);
/* Storage for up to N rows. */
vt_head_saved vt_head_saved_plan(const vt_head_shape *shape, isize N, int recompute,
                                 vt_arena *arena);
/* x [R, C], token_of [R] each row's place in its image; fills saved->pred. */
void vt_pixel_head_forward(const vt_pixel_head *head, const vt_head_saved *saved, const vt_real *x,
                           const int32_t *token_of, isize R, const vt_scratch *t);
/* dpred [R, P]; dx [R, C] overwritten, may be t->n. */
void vt_pixel_head_backward(const vt_pixel_head *head, const vt_head_saved *saved, const vt_real *x,
                            const vt_real *dpred, vt_real *dx, isize R, const vt_scratch *t);

/* Floating-point operations of R rows, as vt_trunk_flops_forward counts them. */
int64_t vt_head_flops_forward(const vt_pixel_head *head, isize R);
int64_t vt_head_flops_backward(const vt_pixel_head *head, isize R, int recompute);
#endif
