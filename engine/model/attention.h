/* model/attention.h - multi-head self-attention with AIM's masks.
 *
 * Every mask that AIM uses lets row i see the keys 0 .. limit(i) - 1:
 *   bidirectional  limit(i) = T
 *   causal         limit(i) = i + 1
 *   prefix         limit(i) = max(i + 1, S), S the image's prefix length   (aim.md 1.3)
 */
#ifndef VT_ATTENTION_LAYER_H
#define VT_ATTENTION_LAYER_H
#include "model/layers.h"

typedef enum { VT_MASK_NONE, VT_MASK_CAUSAL, VT_MASK_PREFIX } vt_mask_kind;

/* Which patches the patch tokens of an image are: all 0, every patch of the grid in raster order.
 * A patch keeps the position that it has in the image, wherever its token stands. */
typedef struct {
    const int32_t
        *places;     /* [T'], or of each image, of T' patch tokens: raster index in the grid */
    isize places_ld; /* from an image's places to the next's; 0: all have the same */
    const int32_t *masked; /* [B, T'] not 0: the mask token stands for the patch; NULL: none */
    int side;              /* patches along a side of the images; 0: as in the shape */
} vt_tokens;

/* Rows that leave the last block: all, or those from which a target is predicted, so that nothing
 * is computed that the loss does not read. The row before a target predicts it (aim.md 1.5): those
 * of an image are 0 .. T-2 under a causal mask, S-1 .. T-2 behind a prefix of length S. TO_LAST: up
 * to T-1, of a pass that the last target's own token is not in. */
typedef enum {
    VT_ROWS_ALL,
    VT_ROWS_PREDICTING,
    VT_ROWS_PREDICTING_TO_LAST,
    VT_ROWS_GIVEN
} vt_rows_wanted;

typedef struct {
    isize from, to; /* token rows of one image, to excluded */
} vt_range;

/* What goes through a trunk, or a stack of blocks, at once. The pointers are borrowed. */
typedef struct {
    isize B, T; /* T counts a class token */
    vt_mask_kind mask;
    const int32_t *prefix_len; /* [B] of VT_MASK_PREFIX, each in 1 .. T */
    vt_rows_wanted wanted;
    const vt_range *rows; /* [B] of VT_ROWS_GIVEN */
    const int32_t
        *image_of; /* [B] each one's place among the images that are given; NULL: its own */
    vt_tokens tokens;
} vt_pass;

isize vt_pass_place(const vt_pass *pass, isize image);    /* among the images that are given */
isize vt_pass_seen(const vt_pass *pass, isize image);     /* keys that every row sees: S; 1; T */
vt_range vt_pass_range(const vt_pass *pass, isize image); /* rows wanted of an image */
isize vt_pass_rows(const vt_pass *pass);                  /* R: rows wanted of all images */

typedef struct {
    vt_linear qkv;  /* [3C, C]: rows q, k, v; within each, head h owns rows h*d .. h*d+d-1 */
    vt_linear proj; /* [C, C] */
    int heads;      /* H; d = C / H */
} vt_attn;

/* R rows wanted, image after image; N = B*T. */
typedef struct {
    vt_real *qkv;   /* [N, 3C] */
    vt_real *mixed; /* [R, C] heads side by side, before proj */
    vt_real *lse;   /* [H, R] logarithm of each row's softmax denominator */
} vt_attn_saved;

vt_attn vt_attn_plan(vt_params *params, isize C, int heads, const char *name);
vt_attn_saved vt_attn_saved_plan(vt_arena *arena, isize B, isize T, const vt_attn *p);
isize vt_attn_work(isize T, const vt_attn *p); /* vt_real of t->attention */
/* x [N,C]; y [R,C] += attention's output. */
void vt_attn_forward(const vt_attn *p, const vt_attn_saved *s, const vt_pass *pass,
                     const vt_real *x, vt_real *y, const vt_scratch *t);
/* x, dx [N,C], dy [R,C]; dx wanted, may take the place of x. Overwrites t->wide and t->active. */
void vt_attn_backward(const vt_attn *p, const vt_attn_saved *s, const vt_pass *pass,
                      const vt_real *x, const vt_real *dy, vt_real *dx, const vt_scratch *t);
/* Floating-point operations of the T x T products that the pass needs, forward, or backward with
 * the scores computed again. */
int64_t vt_attn_flops(const vt_pass *pass, isize C, int heads, int backward);
#endif
