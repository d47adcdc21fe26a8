/* model/product.h - the products of layers: of rows and weights, in either precision.
 *
 * A factor is read in bf16 where it has such a copy; sums are vt_real all the same. Where the
 * scratch says so (vt_scratch.slices), a product is cut into slices, and workers that are free take
 * some. The cut depends on the extent alone: bits do not depend on who is free, only on whether a
 * product is cut.
 */
#ifndef VT_PRODUCT_H
#define VT_PRODUCT_H
#include "base/profile.h"
#include "model/scratch.h"
#include "ops/gemm.h"

/* A factor of a product, and the same in bf16 where products read that, or NULL. */
typedef struct {
    vt_factor full;
    const vt_bf16 *half;
} vt_operand;

vt_operand vt_operand_turned(vt_operand o); /* the transpose; o is as stored (asserted) */

/* y [rows, cols] = a b + beta y, as vt_gemm, without a gap between rows of y. */
void vt_product(vt_part part, vt_real *y, vt_extent extent, vt_operand a, vt_operand b,
                vt_real beta, const vt_scratch *t);
/* y = a b + row in every row, as vt_gemm_on_row. */
void vt_product_on_row(vt_part part, vt_real *y, vt_extent extent, vt_operand a, vt_operand b,
                       const vt_real *row, const vt_scratch *t);
#endif
