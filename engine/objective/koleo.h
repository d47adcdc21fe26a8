/* objective/koleo.h - KoLeo: features spread out, away from their nearest neighbour (aim.md 9).
 *
 * For features scaled to length 1, the loss of each is -log(|x_i - x_nn(i)| + 1e-8), its nearest
 * neighbour being that of the greatest product among the others, of equal ones the first. Which one
 * is nearest is not differentiated. Alone, a feature has no loss. (Sablayrolles and others, 2019;
 * DINOv2 of each GPU's images, here of a shard's.)
 */
#ifndef VT_KOLEO_H
#define VT_KOLEO_H
#include "base/arena.h"

typedef struct {
    vt_real *unit, *dunit; /* [B, C] */
    vt_real *product;      /* [B, B] */
} vt_koleo_work;

vt_koleo_work vt_koleo_work_plan(isize B, isize C, vt_arena *arena);
/* Of x [B, C]: losses [B] of each, and dx [B, C] += scale times the gradient of their sum; dx NULL:
 * not wanted. */
void vt_koleo(double *losses, vt_real *dx, const vt_real *x, isize B, isize C, double scale,
              const vt_koleo_work *work);
#endif
