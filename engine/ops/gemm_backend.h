/* ops/gemm_backend.h - what stands behind ops/gemm.h: one table for each library.
 *
 * gemm.c calls a product only where rows, cols and inner are at least 1 and rows fit their ld.
 */
#ifndef VT_GEMM_BACKEND_H
#define VT_GEMM_BACKEND_H
#include "ops/gemm.h"

typedef void vt_gemm_product(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                             vt_real alpha, vt_real beta);
typedef void vt_gemm_bf16_product(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                                  vt_factor_bf16 b, vt_real beta);

typedef struct {
    const char *name; /* as VT_GEMM says it */
    const char *library, *kernel;
    vt_gemm_product *product;
    vt_gemm_bf16_product *product_bf16; /* NULL where this CPU is no faster at it than at fp32 */
} vt_gemm_backend;

/* Makes the library ready, once, and returns its table; NULL where it does not serve this CPU. */
const vt_gemm_backend *vt_gemm_openblas(void);
const vt_gemm_backend *vt_gemm_onednn(void); /* in builds with VT_ONEDNN */
#endif
