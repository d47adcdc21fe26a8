/* objective/patch.h - pixels as targets: patches normalised one by one, and back. */
#ifndef VT_PATCH_H
#define VT_PATCH_H
#include "model/embed.h"

/* Mean of a patch's P values, and sqrt(variance + 1e-6), variance over P - 1 (aim.md 1.5). */
void vt_patch_moments(const vt_real *patch, isize P, double *mean, double *deviation);

/* target [N, P] (row, column, channel) from patches [N, P] (channel, row, column): each patch
 * (t - mean) / sqrt(variance + 1e-6), variance over P - 1 (aim.md 1.5). norm_pix 0 reorders alone.
 */
void vt_patch_targets(vt_real *target, const vt_real *patches, isize N, isize channels, isize P,
                      int norm_pix);

/* Puts prediction [P], in the order row, column, channel, into the patch at place of pixels
 * [channels, px, px]. norm_pix 1: it is of a normalised patch, and takes the moments of patch [P].
 */
void vt_patch_restore(vt_real *pixels, const vt_real *prediction, const vt_real *patch, isize place,
                      const vt_trunk_shape *shape, int norm_pix);
#endif
