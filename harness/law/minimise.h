/* law/minimise.h - from one start to the nearest minimum, inside bounds. The only door to NLopt.
 *
 * Limited-memory quasi-Newton steps (Luksan's L-BFGS).
 */
#ifndef LAB_MINIMISE_H
#define LAB_MINIMISE_H
#include "law/loss.h"

typedef enum {
    LAB_MINIMUM_CONVERGED, /* neither the objective nor theta moves any more */
    LAB_MINIMUM_LIMIT,     /* evaluations ran out first */
    LAB_MINIMUM_ABNORMAL   /* the search broke down; theta is the best point that it saw */
} lab_minimum;

/* Moves theta [parameters] from a start inside [low, high] (theta's own bounds; low = high keeps a
 * parameter fixed) to a minimum; *objective is there. Stops where steps gain less than that share
 * of the objective. Counts into *evaluations. */
lab_minimum lab_minimise(const lab_law_rows *rows, const lab_loss *loss, const double *low,
                         const double *high, double gain, double *theta, double *objective,
                         isize *evaluations);
#endif
