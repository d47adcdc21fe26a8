/* objective/distil_head.h - the projection head of self-distillation (aim.md 9, DINO).
 *
 * z = fc3(gelu(fc2(gelu(fc1(x))))), z / |z|, then a linear without bias whose rows have length 1:
 * the stored row, divided by its length (weight normalisation with its gain fixed to 1). So a logit
 * is the cosine between an output and a prototype. Weights start as N(0, 0.02), biases at 0.
 */
#ifndef VT_DISTIL_HEAD_H
#define VT_DISTIL_HEAD_H
#include "model/layers.h"

typedef struct {
    isize in, width, bottleneck, prototypes; /* C, W, E, K */
} vt_distil_head_shape;

typedef struct {
    vt_distil_head_shape shape;
    vt_linear fc1, fc2, fc3; /* [W, C], [W, W], [E, W], with biases */
    vt_param last;           /* [K, E] directions, of any length but 0 */
} vt_distil_head;

/* Of one run over R rows, and what backward needs besides. */
typedef struct {
    vt_real *hidden_1, *hidden_2; /* [R, W] before the GELU */
    vt_real *active;              /* [R, W] behind it */
    vt_real *dactive;             /* [R, W] */
    vt_real *unit, *dunit;        /* [R, E] z / |z| */
    vt_real *shrink;              /* [R] 1 / |z| */
    vt_real *weight, *dweight;    /* [K, E] rows of length 1 */
    vt_real *stretch;             /* [K] 1 / length of the stored row */
    vt_real *logits;              /* [R, K] */
} vt_distil_head_saved;

/* Parameters NAME.mlp.0, .2 and .4, and NAME.last_layer.weight_v. */
vt_distil_head vt_distil_head_plan(const vt_distil_head_shape *shape, vt_params *params,
                                   const char *name);
vt_distil_head_saved vt_distil_head_saved_plan(const vt_distil_head_shape *shape, isize R,
                                               vt_arena *arena);
/* Width of the widest pair of rows that its products read in bf16: see vt_scratch_size.input. */
isize vt_distil_head_input(const vt_distil_head_shape *shape);

/* x [R, C]; fills saved->logits. R 0 is fine. */
void vt_distil_head_forward(const vt_distil_head *head, const vt_distil_head_saved *saved,
                            const vt_real *x, isize R, const vt_scratch *t);
/* dlogits [R, K]; dx [R, C] overwritten. frozen: the last layer's gradient is 0. */
void vt_distil_head_backward(const vt_distil_head *head, const vt_distil_head_saved *saved,
                             const vt_real *x, const vt_real *dlogits, vt_real *dx, isize R,
                             int frozen, const vt_scratch *t);
/* Floating-point operations of R rows forward; backward does twice as many. */
int64_t vt_distil_head_flops(const vt_distil_head_shape *shape, isize R);
#endif
