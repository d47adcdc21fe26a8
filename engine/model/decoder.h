/* model/decoder.h - from a trunk's rows to predictions: AIM's heads, and MAE's decoder.
 *
 *   none         a linear to the target
 *   mlp          projection to W, fixed sincos positions of width W, residual MLP blocks,
 *                LayerNorm, linear to the target (aim.md 1.4): it keeps rows apart
 *   transformer  the same with attention blocks; besides the rows that it is given, a mask token
 *                may stand for patches that the trunk has not seen (aim.md 9, MAE)
 */
#ifndef VT_DECODER_H
#define VT_DECODER_H
#include "model/blocks.h"
#include "model/mlp_blocks.h"

typedef enum { VT_DECODER_MLP, VT_DECODER_NONE, VT_DECODER_TRANSFORMER } vt_decoder_kind;

typedef struct {
    vt_decoder_kind kind;
    int grid_side; /* patches along a side */
    isize in, out; /* C of the trunk; values of a prediction */
    /* Of mlp and transformer: W, a multiple of 4 and of heads; blocks, of transformer at least 1.
     */
    int width, depth, heads;
    int norm_skip;  /* of mlp */
    int mask_token; /* of transformer, 1: it has one */
    double norm_eps;
} vt_decoder_shape;

typedef struct {
    vt_decoder_shape shape;
    vt_linear projection; /* [W, C] */
    vt_param mask_token;  /* [1, W] */
    vt_mlp_blocks mlp;
    vt_blocks blocks;
    vt_norm norm;
    vt_linear pred; /* [O, W], or [O, C] of none */
    vt_real *pos;   /* [patches, W], arena; the row before the first, of place -1, is 0 */
} vt_decoder;

typedef struct {
    vt_real *projected; /* [N, W] with positions: input of block 0 */
    vt_mlp_blocks_saved mlp;
    vt_blocks_saved blocks;
    vt_norm_stat stat;
    vt_real *pred; /* [R, O] */
} vt_decoder_saved;

/* What a decoder reads: rows of a trunk, in the pass that its own blocks have. R rows are wanted.
 * A transformer reads all B*T, of which the last `hidden` of each image are mask tokens and not
 * given; the other kinds read the R rows that are wanted. */
typedef struct {
    const vt_pass *pass;
    isize hidden;
    const int32_t *place_of; /* of each row that it reads, hidden ones too; -1: it has none */
    const vt_real *x;        /* [.., C] the rows that are given */
} vt_decoder_input;

vt_decoder vt_decoder_plan(const vt_decoder_shape *shape, vt_params *params, vt_arena *arena);
/* For passes of up to B images of up to T tokens. */
vt_decoder_saved vt_decoder_saved_plan(const vt_decoder_shape *shape, isize B, isize T,
                                       int recompute, vt_arena *arena);
vt_scratch_size vt_decoder_scratch_size(const vt_decoder_shape *shape, isize B, isize T);

/* The rows that must leave a trunk for this decoder: all for a transformer, else those wanted. */
vt_rows_wanted vt_decoder_reads(const vt_decoder_shape *shape, vt_rows_wanted wanted);

/* Fills saved->pred [R, O]. */
void vt_decoder_forward(const vt_decoder *decoder, const vt_decoder_saved *saved,
                        const vt_decoder_input *in, const vt_scratch *t);
/* dpred [R, O]; dx, of the shape of in->x, is overwritten, and may be t->n. */
void vt_decoder_backward(const vt_decoder *decoder, const vt_decoder_saved *saved,
                         const vt_decoder_input *in, const vt_real *dpred, vt_real *dx,
                         const vt_scratch *t);

/* Floating-point operations of a pass: see vt_blocks_flops_forward. */
int64_t vt_decoder_flops_forward(const vt_decoder_shape *shape, const vt_pass *pass, isize hidden);
int64_t vt_decoder_flops_backward(const vt_decoder_shape *shape, const vt_pass *pass, isize hidden,
                                  int recompute);
#endif
