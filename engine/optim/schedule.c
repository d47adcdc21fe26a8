#include "optim/schedule.h"
#include <math.h>

double vt_schedule_at(const vt_schedule *schedule, int64_t step)
{
    static const double pi = 3.14159265358979323846;
    double where = (double)step / (double)schedule->steps;
    double warmup = schedule->warmup;
    if (where < warmup)
        return schedule->start + (schedule->peak - schedule->start) * where / warmup;
    double along = warmup < 1 ? (where - warmup) / (1 - warmup) : 0;
    return schedule->final + 0.5 * (schedule->peak - schedule->final) * (1 + cos(pi * along));
}
