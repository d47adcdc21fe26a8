/* ops/gemm.h - matrix products, the one seam to BLAS.
 *
 * Matrices are row-major; ld is the distance between two rows, in elements. One call uses one
 * thread: parallelism belongs to par/. The result depends on shapes and values alone, so equal
 * calls give equal bits, on any thread.
 */
#ifndef VT_GEMM_H
#define VT_GEMM_H
#include "base/base.h"

typedef enum { VT_N, VT_T } vt_trans; /* the matrix as stored, or its transpose */

typedef struct {
    const vt_real *data;
    isize ld;
    vt_trans trans;
} vt_factor;

typedef struct {
    isize rows, cols, inner; /* of the result, and the summed dimension; 0 is fine */
} vt_extent;

/* y [rows, cols] = alpha * op(a) op(b) + beta * y, with op(a) [rows, inner], op(b) [inner, cols].
 * beta 0 overwrites y even where it holds NaN. */
void vt_gemm(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b, vt_real alpha,
             vt_real beta);
/* The same by three loops: what tests compare with, and what ThreadSanitizer sees through. */
void vt_gemm_reference(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                       vt_real alpha, vt_real beta);

void vt_gemm_setup(void);          /* once, before any thread calls: one thread a call */
const char *vt_gemm_library(void); /* "OpenBLAS 0.3.21 ..."; static */
const char *vt_gemm_kernel(void);  /* that it chose for this CPU, "Zen"; static */
#endif
