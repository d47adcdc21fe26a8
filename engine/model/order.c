#include "model/order.h"
#include "base/rng.h"
#include <string.h>

vt_order vt_order_named(const char *name)
{
    static const char *const names[] = {"raster", "reverse",      "columns", "columns_reverse",
                                        "spiral", "checkerboard", "random"};
    int order = 0;
    while (order < VT_ORDERS && strcmp(names[order], name) != 0) order++;
    return (vt_order)order;
}

/* Down the left side, along the bottom, up the right, back along the top, and so on inwards; the
 * order is this walk from its end. */
static void fill_spiral(int32_t *places, isize side)
{
    static const int down[] = {1, 0, -1, 0}, right[] = {0, 1, 0, -1};
    isize row = -1, col = 0, at = side * side;
    int turn = 0;
    for (isize leg = side; at > 0; turn++) {
        for (isize i = 0; i < leg; i++) {
            row += down[turn % 4];
            col += right[turn % 4];
            places[--at] = (int32_t)(row * side + col);
        }
        leg -= turn % 2 == 0; /* each length but the first is walked twice */
    }
}

static void fill_checkerboard(int32_t *places, isize side)
{
    isize at = 0;
    for (int odd = 0; odd < 2; odd++)
        for (isize place = 0; place < side * side; place++)
            if ((place / side + place % side) % 2 == odd) places[at++] = (int32_t)place;
}

static isize place_at(vt_order order, isize side, isize t)
{
    isize patches = side * side, last = patches - 1;
    if (order == VT_ORDER_REVERSE) return last - t;
    if (order == VT_ORDER_COLUMNS) return t % side * side + t / side;
    if (order == VT_ORDER_COLUMNS_REVERSE) return place_at(VT_ORDER_COLUMNS, side, last - t);
    if (order == VT_ORDER_RANDOM)
        return (isize)vt_rng_permute(0, VT_RNG_PLACES, 0, (uint64_t)patches, (uint64_t)t);
    return t;
}

void vt_order_fill(int32_t *places, vt_order order, isize side)
{
    VT_ASSERT(order < VT_ORDERS);
    if (order == VT_ORDER_SPIRAL) {
        fill_spiral(places, side);
    } else if (order == VT_ORDER_CHECKERBOARD) {
        fill_checkerboard(places, side);
    } else {
        for (isize t = 0; t < side * side; t++) places[t] = (int32_t)place_at(order, side, t);
    }
}
