/* objective/sinkhorn.h - from a teacher's logits to its targets: two ways that keep it from giving
 * all images the same (aim.md 9).
 *
 * Sinkhorn-Knopp: Q = exp(logits / temperature) over all B rows; three times, the sum of each
 * prototype's column is made 1 / K, then that of each row 1 / B; and all is multiplied by B. A row
 * is then a distribution, and each prototype has about the same share of the batch (Caron and
 * others, 2020).
 * Centring: softmax((logits - centre) / temperature), the centre following the mean logits.
 */
#ifndef VT_SINKHORN_H
#define VT_SINKHORN_H
#include "base/arena.h"
#include "par/pool.h"

typedef struct {
    vt_real *row, *column, *sum; /* [B], [K], [B or K]: factors */
} vt_sinkhorn_work;

vt_sinkhorn_work vt_sinkhorn_work_plan(isize B, isize K, vt_arena *arena);
/* logits [B, K] become targets. The same bits for any number of workers; B 0 is fine. */
void vt_sinkhorn(vt_real *logits, isize B, isize K, double temperature, vt_pool *pool,
                 const vt_sinkhorn_work *work);
/* The same by the centre [K]. */
void vt_centred_softmax(vt_real *logits, const vt_real *centre, isize B, isize K,
                        double temperature, vt_pool *pool);
/* mean [K] of logits [B, K]; 0 for B 0. */
void vt_column_means(vt_real *mean, const vt_real *logits, isize B, isize K);
#endif
