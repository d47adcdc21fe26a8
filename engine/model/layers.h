/* model/layers.h - linear, norm and MLP: what every larger part is built from.
 *
 * The contract of every vt_X_forward / vt_X_backward pair in model/:
 *   forward   reads x and the parameters, writes y; what backward reads of it stays with the
 *             caller until then. What is cheap to make again is not kept: normed rows and active
 *             hidden values are computed a second time in backward.
 *   backward  OVERWRITES dx; a NULL dx is not wanted and not computed.
 *             ADDS to parameter gradients, in the turn of its shard; a NULL grad is frozen.
 *   Neither allocates, prints or fails.
 *
 * Products read their factors in bf16 where the scratch has room for that (vt_scratch.half), and
 * add up in fp32; everything else, and all that is stored, is vt_real. Weights are read from their
 * copy (vt_param.half), or rounded each time, which takes less memory and gives the same bits.
 */
#ifndef VT_LAYERS_H
#define VT_LAYERS_H
#include "model/param.h"
#include "model/scratch.h"

typedef struct {
    vt_param weight; /* [O, I] */
    vt_param bias;   /* [1, O]; value NULL and cols 0: none */
} vt_linear;

void vt_linear_forward(const vt_linear *p, const vt_real *x /* [N,I] */, vt_real *y /* [N,O] */,
                       isize N, const vt_scratch *t);
/* y += x Wᵀ: of a linear without a bias, onto a residual. */
void vt_linear_add(const vt_linear *p, const vt_real *x, vt_real *y, isize N, const vt_scratch *t);
/* dx may take the place of x. */
void vt_linear_backward(const vt_linear *p, const vt_real *x /* [N,I] */,
                        const vt_real *dy /* [N,O] */, vt_real *dx /* [N,I] or NULL */, isize N,
                        const vt_scratch *t);

typedef struct {
    vt_param weight, bias; /* both [1, C] */
    double eps;
} vt_norm;

typedef struct {
    vt_real *mean, *rstd; /* [N] */
} vt_norm_stat;

vt_norm vt_norm_plan(vt_params *params, isize C, double eps, const char *name);
vt_norm_stat vt_norm_stat_plan(vt_arena *arena, isize N);
void vt_norm_forward(const vt_norm *p, const vt_norm_stat *stat, const vt_real *x, vt_real *y,
                     isize N); /* x, y [N,C] */
/* y once more, with the same bits, from x and stat. */
void vt_norm_again(const vt_norm *p, const vt_norm_stat *stat, const vt_real *x, vt_real *y,
                   isize N);
/* dx = gradient through the norm + dres, the gradient of x's other reader, or NULL. All [N,C]; dx
 * may take the place of dy or dres. */
void vt_norm_backward(const vt_norm *p, const vt_norm_stat *stat, const vt_real *x,
                      const vt_real *dy, const vt_real *dres, vt_real *dx, isize N,
                      const vt_scratch *t);

/* y[r] = x[row_of[r]] for each of rows, or x[r] where row_of is NULL. */
void vt_rows_take(vt_real *y, const vt_real *x, const int32_t *row_of, isize rows, isize cols);

/* The MLP of every block: fc2(gelu(fc1(x))), no biases. */
typedef struct {
    vt_linear fc1, fc2; /* [R*C, C], [C, R*C] with ratio R = 4 */
} vt_mlp;

vt_mlp vt_mlp_plan(vt_params *params, isize C, const char *name);
/* hidden [N, 4C], before the GELU, is kept for backward; y += the MLP's output. y NULL: fills
 * hidden alone. */
void vt_mlp_forward(const vt_mlp *p, vt_real *hidden, const vt_real *x, vt_real *y, isize N,
                    const vt_scratch *t);
/* dx may take the place of x. Overwrites t->wide and t->active. */
void vt_mlp_backward(const vt_mlp *p, const vt_real *hidden, const vt_real *x, const vt_real *dy,
                     vt_real *dx, isize N, const vt_scratch *t);
#endif
