/* ops/norm_rows.h - LayerNorm of contiguous rows, and its gradient.
 *
 * norm_rows.c is compiled once for each instruction set; its functions are reached through the
 * tables of ops/kernels.h.
 */
#ifndef VT_OPS_NORM_ROWS_H
#define VT_OPS_NORM_ROWS_H
#include "base/base.h"

typedef struct {
    isize rows, cols;
    const vt_real *weight, *bias; /* [cols] */
    double eps;
} vt_norm_shape;

/* y = weight (x - mean) rstd + bias for each row; mean, rstd [rows] are kept for backward. */
typedef void vt_norm_rows_forward(vt_real *y, vt_real *mean, vt_real *rstd, const vt_real *x,
                                  const vt_norm_shape *shape);
/* y once more, to the last bit, from the mean and rstd kept. */
typedef void vt_norm_rows_apply(vt_real *y, const vt_real *x, const vt_real *mean,
                                const vt_real *rstd, const vt_norm_shape *shape);
/* dx overwritten: the norm's own plus dres [rows, cols], the gradient that went past it, or NULL;
 * dx may be dy or dres. dweight, dbias [cols] accumulated, or NULL when frozen. */
typedef void vt_norm_rows_backward(vt_real *dx, vt_real *dweight_dbias[2], const vt_real *dy,
                                   const vt_real *x, const vt_real *mean, const vt_real *rstd,
                                   const vt_real *dres, const vt_norm_shape *shape);

extern vt_norm_rows_forward vt_norm_rows_forward_portable, vt_norm_rows_forward_avx2,
    vt_norm_rows_forward_avx512;
extern vt_norm_rows_apply vt_norm_rows_apply_portable, vt_norm_rows_apply_avx2,
    vt_norm_rows_apply_avx512;
extern vt_norm_rows_backward vt_norm_rows_backward_portable, vt_norm_rows_backward_avx2,
    vt_norm_rows_backward_avx512;
#endif
