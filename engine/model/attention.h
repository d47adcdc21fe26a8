/* model/attention.h - multi-head self-attention with AIM's masks.
 *
 * Every mask that AIM uses lets row i see the keys 0 .. limit(i) - 1:
 *   bidirectional  limit(i) = T
 *   causal         limit(i) = i + 1
 *   prefix         limit(i) = max(i + 1, S), S the image's prefix length   (aim.md 1.3)
 */
#ifndef VT_ATTENTION_H
#define VT_ATTENTION_H
#include "model/layers.h"

typedef enum { VT_MASK_NONE, VT_MASK_CAUSAL, VT_MASK_PREFIX } vt_mask_kind;

/* What goes through a trunk at once. */
typedef struct {
    isize B, T;
    vt_mask_kind mask;
    const int32_t *prefix_len; /* [B] of VT_MASK_PREFIX, each in 1 .. T */
} vt_pass;

typedef struct {
    vt_linear qkv;  /* [3C, C]: rows q, k, v; within each, head h owns rows h*d .. h*d+d-1 */
    vt_linear proj; /* [C, C] */
    int heads;      /* H; d = C / H */
} vt_attn;

typedef struct {
    vt_real *qkv;   /* [N, 3C] */
    vt_real *share; /* [B, H, T, T] softmax of the scores */
    vt_real *mixed; /* [N, C] heads side by side, before proj */
} vt_attn_saved;

typedef struct {
    vt_real *dqkv;   /* [N, 3C] */
    vt_real *dmixed; /* [N, C] */
    vt_real *dshare; /* [T, T] */
} vt_attn_scratch;

isize vt_pass_limit(const vt_pass *pass, isize image, isize row);

vt_attn vt_attn_plan(vt_params *params, isize C, int heads, const char *name);
vt_attn_saved vt_attn_saved_plan(vt_arena *arena, isize B, isize T, const vt_attn *p);
vt_attn_scratch vt_attn_scratch_plan(vt_arena *arena, isize B, isize T, const vt_attn *p);
void vt_attn_forward(const vt_attn *p, const vt_attn_saved *s, const vt_pass *pass,
                     const vt_real *x, vt_real *y); /* x, y [N,C] */
void vt_attn_backward(const vt_attn *p, const vt_attn_saved *s, const vt_pass *pass,
                      const vt_real *x, const vt_real *dy, vt_real *dx,
                      const vt_attn_scratch *t); /* x, dy, dx [N,C]; dx wanted */
#endif
