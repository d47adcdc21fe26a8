/* model/layers.h - linear and norm: what every larger part is built from.
 *
 * The contract of every vt_X_forward / vt_X_backward pair in model/:
 *   forward   reads x and the parameters, writes y; what backward reads of it stays with the
 *             caller until then.
 *   backward  OVERWRITES dx; a NULL dx is not wanted and not computed.
 *             ACCUMULATES (+=) into parameter gradients; a NULL grad is frozen.
 *   Neither allocates, locks, prints or fails.
 */
#ifndef VT_LAYERS_H
#define VT_LAYERS_H
#include "model/param.h"

typedef struct {
    vt_param weight; /* [O, I] */
    vt_param bias;   /* [1, O]; value NULL and cols 0: none */
} vt_linear;

void vt_linear_forward(const vt_linear *p, const vt_real *x /* [N,I] */, vt_real *y /* [N,O] */,
                       isize N);
void vt_linear_backward(const vt_linear *p, const vt_real *x /* [N,I] */,
                        const vt_real *dy /* [N,O] */, vt_real *dx /* [N,I] or NULL */, isize N);

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
void vt_norm_backward(const vt_norm *p, const vt_norm_stat *stat, const vt_real *x,
                      const vt_real *dy, vt_real *dx, isize N); /* all [N,C]; dx wanted */

/* The MLP of every block: fc2(gelu(fc1(x))), no biases. */
typedef struct {
    vt_linear fc1, fc2; /* [R*C, C], [C, R*C] with ratio R = 4 */
} vt_mlp;

typedef struct {
    vt_real *hidden, *active; /* [N, 4C] before and after the GELU */
} vt_mlp_saved;

vt_mlp vt_mlp_plan(vt_params *params, isize C, const char *name);
vt_mlp_saved vt_mlp_saved_plan(vt_arena *arena, isize N, isize C);
void vt_mlp_forward(const vt_mlp *p, const vt_mlp_saved *s, const vt_real *x, vt_real *y, isize N);
/* wide: scratch [N, 4C] */
void vt_mlp_backward(const vt_mlp *p, const vt_mlp_saved *s, const vt_real *x, const vt_real *dy,
                     vt_real *dx, vt_real *wide, isize N);
#endif
