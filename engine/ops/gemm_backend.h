/* ops/gemm_backend.h - what stands behind ops/gemm.h: one table for each library.
 *
 * y [rows, cols] = op(a) op(b) + start. gemm.c calls a product only where rows, cols and inner are
 * at least 1 and rows fit their ld.
 */
#ifndef VT_GEMM_BACKEND_H
#define VT_GEMM_BACKEND_H
#include "ops/gemm_tiles.h"

typedef void vt_gemm_product(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                             vt_start start);
typedef void vt_gemm_bf16_product(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                                  vt_factor_bf16 b, vt_start start);

typedef struct {
    const char *name; /* as VT_GEMM says it */
    const char *library, *kernel;
    vt_gemm_product *product;
    vt_gemm_bf16_product *product_bf16; /* NULL where this CPU is no faster at it than at fp32 */
} vt_gemm_backend;

/* For what can only add to y: beta, 0 or 1, with y filled first where sums start from elsewhere. */
vt_real vt_gemm_beta(vt_real *y, isize ld_y, vt_extent extent, vt_start start);

/* Makes the library ready, once, and returns its table; NULL where it does not serve this CPU. */
const vt_gemm_backend *vt_gemm_openblas(void);
const vt_gemm_backend *vt_gemm_onednn(void); /* in builds with VT_ONEDNN */
#endif
