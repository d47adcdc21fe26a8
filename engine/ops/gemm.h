/* ops/gemm.h - matrix products: the one seam to BLAS, oneDNN and our own.
 *
 * Matrices are row-major; ld is the distance between two rows, in elements, and at least a row's
 * length. One call uses one thread: parallelism belongs to par/. The result depends on shapes, row
 * distances and values alone, so equal calls give equal bits, on any thread and wherever the
 * matrices stand in memory. Back ends round differently, so a run's record names the one in use.
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
    const vt_bf16 *data;
    isize ld;
    vt_trans trans;
} vt_factor_bf16;

typedef struct {
    isize rows, cols, inner; /* of the result, and the summed dimension; 0 is fine */
} vt_extent;

/* y [rows, cols] = op(a) op(b) + beta y, with op(a) [rows, inner], op(b) [inner, cols], and beta 0
 * or 1 (asserted). beta 0 overwrites y even where it holds NaN. */
void vt_gemm(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b, vt_real beta);
/* The same. A product of two bf16 numbers is exact in vt_real, and
 * vt_real is what sums are kept in: the result is that of vt_gemm on the same numbers, summed in
 * another order. */
void vt_gemm_bf16(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a, vt_factor_bf16 b,
                  vt_real beta);
/* y [rows, cols] = op(a) op(b) + row in every row, with row [cols] outside y; NULL: nothing is
 * added. Bits are those of y filled with row, then added to. */
void vt_gemm_on_row(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                    const vt_real *row);
void vt_gemm_bf16_on_row(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                         vt_factor_bf16 b, const vt_real *row);
/* vt_gemm and vt_gemm_bf16 by three loops: what tests compare with, and what ThreadSanitizer sees
 * through. */
void vt_gemm_reference(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                       vt_real beta);
void vt_gemm_bf16_reference(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                            vt_factor_bf16 b, vt_real beta);

/* Chooses the back end, before any thread calls; until then it is the three loops. VT_GEMM in the
 * environment names one, otherwise it is the best. Returns 0 if VT_GEMM names none that this build
 * has for this CPU: then the best is chosen. */
int vt_gemm_setup(void);
/* Names that VT_GEMM may have here, NULL behind the last: reference, tiles (our own), openblas,
 * onednn, and mixed, the best: tiles for what they do best, for the rest the best library. */
const char *vt_gemm_at(int i);

/* Of the chosen back end; static. */
const char *vt_gemm_library(void);     /* "OpenBLAS 0.3.21 ...", "oneDNN 2.6.3 and tiles" */
const char *vt_gemm_kernel(void);      /* that it chose for this CPU: "Zen", "avx512_core_bf16" */
const char *vt_gemm_bf16_kernel(void); /* the same of vt_gemm_bf16; "fp32" where factors are widened
                                          and multiplied as vt_gemm does it */
#endif
