/* ops/attention.h - attention of one head of one image, forward and backward.
 *
 * out = softmax(scale q kᵀ) v, where each row of the scores goes over the keys that the query sees.
 * No [T, T] tensor is ever in memory: backward makes the shares again from q, k and lse. What the
 * mask hides is not computed, but for the edges of small tiles.
 *
 * attention.c is compiled once for each instruction set; its functions are reached through the
 * tables of ops/kernels.h. They neither allocate nor fail, and the bits that they write are a
 * function of the values alone, not of where these lie.
 */
#ifndef VT_OPS_ATTENTION_H
#define VT_OPS_ATTENTION_H
#include "base/base.h"

typedef struct {
    isize T, d;     /* tokens; channels of one head; both >= 1 */
    isize ld;       /* distance of two rows of q, k, v, dq, dk, dv: 3C in a fused qkv buffer */
    isize ld_out;   /* of out and dout */
    isize from, to; /* the query rows that are wanted, 0 <= from <= to <= T */
    isize prefix;   /* row i sees keys 0 .. max(i + 1, prefix) - 1: 1 is causal, T hides nothing */
    vt_real scale;
} vt_attention;

/* q, k, v [T, d] begin at row 0 of the head; out [to - from, d] and lse [to - from] at row `from`.
 * lse is log sum exp(scale q k) over the keys that the row sees, kept for backward.
 * work: vt_attention_work reals, aligned to 64 bytes; what they hold does not matter. */
typedef void vt_attention_forward(const vt_attention *a, vt_real *out, vt_real *lse,
                                  const vt_real *q, const vt_real *k, const vt_real *v,
                                  vt_real *work);

/* What forward was given and what it wrote. */
typedef struct {
    const vt_real *q, *k, *v, *out, *lse;
} vt_attention_saved;

/* dout [to - from, d] as out. dq, dk, dv [T, d] are overwritten in all rows, with 0 where nothing
 * flows: in queries outside from .. to, in keys that nobody saw. They overlap no input. */
typedef void vt_attention_backward(const vt_attention *a, vt_real *dq, vt_real *dk, vt_real *dv,
                                   const vt_attention_saved *saved, const vt_real *dout,
                                   vt_real *work);

extern vt_attention_forward vt_attention_forward_portable, vt_attention_forward_avx2,
    vt_attention_forward_avx512;
extern vt_attention_backward vt_attention_backward_portable, vt_attention_backward_avx2,
    vt_attention_backward_avx512;

isize vt_attention_work(isize T, isize d); /* reals, enough for both directions */
/* Multiply and add counted as two, in the products that the mask asks for and no more: two forward,
 * five backward, the first of which makes the scores again. */
int64_t vt_attention_flops(const vt_attention *a, int backward);
#endif
