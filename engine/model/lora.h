/* model/lora.h - low-rank changes of a trunk's attention (Hu et al., 2021; aim.md 4).
 *
 * In every block, W = W0 + (alpha / r) B A takes the place of W0 for q and for v, and for the
 * output projection; k, the MLP, norms and embedding stay as they are. Of the fused qkv, rows 0 ..
 * r-1 of A and 0 .. C-1 of B are q's, the others v's. A is drawn uniform within +-1/sqrt(C)
 * (Kaiming with a = sqrt 5), B is zero: at the start W is W0 to the bit. A block has 6 r C
 * parameters.
 *
 * The trunk computes with W itself, so its passes and their precision are those of any trunk; its
 * gradient by W gives dA = (alpha / r) B^T dW and dB = (alpha / r) dW A^T.
 */
#ifndef VT_LORA_H
#define VT_LORA_H
#include "model/trunk.h"

typedef struct {
    vt_param qv_a, qv_b;     /* [2r, C], [2C, r] */
    vt_param proj_a, proj_b; /* [r, C], [C, r] */
} vt_lora_block;

typedef struct {
    int rank;
    double alpha;
    int width, depth;
    vt_lora_block *blocks; /* [depth], arena */
} vt_lora;

/* Parameters trunk.blocks.L.attn.qkv.lora_A and so on; fills the rest of lora. */
void vt_lora_plan(vt_lora *lora, const vt_trunk_shape *shape, vt_params *params, vt_arena *arena);
/* The weights that block l's matrices start from. */
void vt_lora_init(const vt_lora *lora, uint64_t seed, int l);

/* W of block l into to, from the W0 that base has; also in bf16 where to has that. */
void vt_lora_merge(const vt_lora *lora, const vt_attn *base, const vt_attn *to, int l);
/* Gradients of block l (overwritten) from those by W that of has. */
void vt_lora_backward(const vt_lora *lora, const vt_attn *of, int l);
#endif
