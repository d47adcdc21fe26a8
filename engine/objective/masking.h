/* objective/masking.h - which patches of an image are hidden from a trunk.
 *
 * Choices of an image, int32_t [patches + 1]: how many are hidden; then the places of all, those
 * that are seen before those that are hidden.
 */
#ifndef VT_MASKING_H
#define VT_MASKING_H
#include "base/rng.h"

/* Of all patches, so many that a share of 1 - ratio, rounded down, is seen; 1 .. patches - 1. */
isize vt_masking_hidden(double ratio, isize patches);
/* Any of them, each choice as likely as the others (aim.md 9, MAE). */
void vt_masking_random(int32_t *choices, isize patches, isize hidden, vt_rng *rng);
/* Blocks of at least 16/196 of the grid, until as many as wanted are hidden or no block fits; at
 * least one patch is (aim.md 9, BEiT; objective/blockwise.h). */
void vt_masking_blocks(int32_t *choices, isize side, isize wanted, vt_rng *rng);
#endif
