/* ops/gelu.h - GELU with the exact normal distribution function Phi, and its gradient.
 *
 * gelu.c is compiled once for each instruction set; its functions are reached through the tables of
 * ops/kernels.h.
 */
#ifndef VT_OPS_GELU_H
#define VT_OPS_GELU_H
#include "base/base.h"

/* y = x Phi(x); y may be x. */
typedef void vt_gelu_forward(vt_real *y, const vt_real *x, isize n);
/* dx = dy (Phi(x) + x phi(x)), and y once more, so that nobody has to keep it; dx may be dy, y may
 * be x. */
typedef void vt_gelu_backward(vt_real *dx, vt_real *y, const vt_real *x, const vt_real *dy,
                              isize n);

extern vt_gelu_forward vt_gelu_forward_portable, vt_gelu_forward_avx2, vt_gelu_forward_avx512;
extern vt_gelu_backward vt_gelu_backward_portable, vt_gelu_backward_avx2, vt_gelu_backward_avx512;
#endif
