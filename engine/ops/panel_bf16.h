/* ops/panel_bf16.h - a panel of a bf16 matrix in pairs, as the instructions that multiply bf16 read
 * it: two numbers next to each other along the inner index lie side by side in 32 bits.
 */
#ifndef VT_PANEL_BF16_H
#define VT_PANEL_BF16_H
#include "ops/gemm.h"
#if defined(__x86_64__) && !defined(VT_F64)

enum { VT_PANEL = 64 }; /* columns */

/* Rows k .. k + depth and columns j .. j + lanes of op(b) into pairs [(depth + 1) / 2, VT_PANEL],
 * 0 beside them; 1 <= lanes <= VT_PANEL. For CPUs with AVX-512 (F, BW, VL). */
void vt_panel_pack(float *pairs, vt_factor_bf16 b, isize k, isize depth, isize j, isize lanes);

#endif
#endif
