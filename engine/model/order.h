/* model/order.h - the orders that the patches of an image can come in (aim.md 1.7).
 *
 *   raster           row by row                        columns          column by column
 *   reverse          raster from behind                columns_reverse  columns from behind
 *   spiral           from the middle outwards          checkerboard     row + column even, then odd
 *   random           one fixed order of each grid
 */
#ifndef VT_ORDER_H
#define VT_ORDER_H
#include "base/base.h"

typedef enum {
    VT_ORDER_RASTER,
    VT_ORDER_REVERSE,
    VT_ORDER_COLUMNS,
    VT_ORDER_COLUMNS_REVERSE,
    VT_ORDER_SPIRAL,
    VT_ORDER_CHECKERBOARD,
    VT_ORDER_RANDOM,
    VT_ORDERS
} vt_order;

/* The order of this name; VT_ORDERS where none has it. */
vt_order vt_order_named(const char *name);
/* places [side * side]: raster index of the t-th patch. */
void vt_order_fill(int32_t *places, vt_order order, isize side);
#endif
