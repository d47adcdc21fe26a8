/* optim/schedule.h - the learning rate of a step: linear warm-up, then half a cosine. */
#ifndef VT_SCHEDULE_H
#define VT_SCHEDULE_H
#include "base/base.h"

typedef struct {
    double start, peak, final; /* learning rates */
    double warmup;             /* share of the steps, in [0, 1] */
    int64_t steps;             /* of the whole schedule, >= 1 */
} vt_schedule;

/* With w = step / steps: below warmup, from start to peak in a straight line; above, final +
 * (peak - final) (1 + cos(pi (w - warmup) / (1 - warmup))) / 2. 0 <= step < steps. */
double vt_schedule_at(const vt_schedule *schedule, int64_t step);
#endif
