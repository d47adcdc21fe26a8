/* objective/blockwise.h - masks made of blocks (BEiT; aim.md 9).
 *
 * Blocks are put on the grid until as many patches as wanted are masked. A block's area is uniform
 * in [least, the smaller of most and what is still wanted], its aspect ratio log-uniform in
 * [0.3, 1 / 0.3], its sides are rounded; one that does not fit strictly inside the grid, masks
 * nothing new, or masks more than still wanted is drawn again, up to ten times; then the mask stays
 * as it is.
 */
#ifndef VT_BLOCKWISE_H
#define VT_BLOCKWISE_H
#include "base/rng.h"

typedef struct {
    isize side;        /* of the grid */
    isize least, most; /* area of a block */
} vt_blockwise_shape;

/* masked [side, side]: 1 where it is, else 0. Returns how many are, at most wanted. */
isize vt_blockwise(int32_t *masked, const vt_blockwise_shape *shape, isize wanted, vt_rng *rng);
#endif
