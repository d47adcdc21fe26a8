/* ops/gemm_tiles.h - matrix products of our own, one function for each instruction set; reached
 * through the tables of ops/kernels.h, and by others through ops/gemm.h.
 *
 * They copy little and prepare nothing, which makes them fastest where a factor fits the cache
 * beside the core, and where the second factor is a transpose. Equal on every instruction set that
 * multiplies and adds in one step.
 */
#ifndef VT_GEMM_TILES_H
#define VT_GEMM_TILES_H
#include "ops/gemm.h"

/* What the sums of a result start from: data [rows, cols], which may be the result itself, or with
 * ld 0 one row for all, outside the result; NULL for zeros. */
typedef struct {
    const vt_real *data;
    isize ld;
} vt_start;

/* y [rows, cols] = op(a) op(b) + start, with rows, cols, inner >= 1. */
typedef void vt_gemm_tiles(vt_real *y, isize ld_y, vt_extent extent, vt_factor a, vt_factor b,
                           vt_start start);
extern vt_gemm_tiles vt_gemm_tiles_portable, vt_gemm_tiles_avx2, vt_gemm_tiles_avx512;

/* The same of bf16 factors, a.trans VT_N; only where _here returns 1: on CPUs with AVX512_BF16. */
void vt_gemm_tiles_bf16(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a,
                        vt_factor_bf16 b, vt_start start);
int vt_gemm_tiles_bf16_here(void);

/* The same by the matrix unit, any a.trans, where _here returns 1 (ops/amx.h); numbers below 2^-126
 * count as 0. */
void vt_gemm_tiles_amx(vt_real *y, isize ld_y, vt_extent extent, vt_factor_bf16 a, vt_factor_bf16 b,
                       vt_start start);
int vt_gemm_tiles_amx_here(void);
#endif
