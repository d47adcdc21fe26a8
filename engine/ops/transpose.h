/* ops/transpose.h - the transpose of a matrix, a tile at a time. */
#ifndef VT_TRANSPOSE_H
#define VT_TRANSPOSE_H
#include "base/base.h"

/* y [cols, rows] = transpose of x [rows, cols]; ld_y >= rows and ld_x >= cols are the distances of
 * two rows, in numbers. They do not overlap. */
void vt_transpose(vt_real *y, isize ld_y, const vt_real *x, isize ld_x, isize rows, isize cols);
#endif
