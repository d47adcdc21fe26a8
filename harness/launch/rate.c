#include "launch/rate.h"
#include "base/heap.h"
#include <math.h>

/* Of a run: program and data; parameters with gradient and two moments; numbers kept for backward,
 * some thirty a channel and token of a block. Only ratios of it are used once a run was measured.
 */
static const double bytes_base = 64e6, bytes_param = 16, bytes_activation = 120;
static const double past_distance = 1.3862943611198906; /* log 4 */

static double log_flops_image(const lab_cost *cost)
{
    return cost->images > 0 ? log(cost->flops / cost->images) : -(double)INFINITY;
}

void lab_rates_add(lab_rates *rates, lab_rate rate)
{
    rate.log_flops_image = log_flops_image(&rate.cost);
    for (isize i = 0; rate.cell >= 0 && i < rates->count; i++) {
        if (rates->measured[i].cell != rate.cell) continue;
        rates->measured[i] = rate;
        return;
    }
    if (rates->count == rates->capacity) {
        isize bytes = (isize)sizeof *rates->measured, capacity = rates->capacity * 2 + 16;
        rates->measured = lab_heap_grow(rates->measured, rates->capacity * bytes, capacity * bytes);
        rates->capacity = capacity;
    }
    rates->measured[rates->count++] = rate;
}

static bool timed(const lab_rate *rate)
{
    return rate->core_s > 0 && rate->cost.flops > 0;
}

bool lab_rates_know(const lab_rates *rates, lab_kind kind)
{
    for (isize i = 0; i < rates->count; i++)
        if (rates->measured[i].cost.kind == kind && timed(&rates->measured[i])) return true;
    return false;
}

/* 0 for the same shape in this sweep; another kind is farther than any shape. */
static double distance(const lab_rate *rate, lab_kind kind, double log_flops)
{
    double apart = fabs(rate->log_flops_image - log_flops);
    if (!isfinite(apart)) apart = 50;
    return apart + (rate->cell < 0 ? past_distance : 0) + (rate->cost.kind != kind) * 100;
}

double lab_rates_core_s(const lab_rates *rates, const lab_cost *cost)
{
    double least = (double)INFINITY, sum = 0, log_flops = log_flops_image(cost);
    int count = 0;
    if (!(cost->flops > 0)) return (double)NAN;
    for (isize i = 0; i < rates->count; i++) {
        const lab_rate *rate = &rates->measured[i];
        if (!timed(rate)) continue;
        double apart = distance(rate, cost->kind, log_flops);
        if (apart > least + 1e-9) continue;
        if (apart < least - 1e-9) sum = count = 0;
        least = apart < least ? apart : least;
        sum += rate->core_s / rate->cost.flops;
        count++;
    }
    return count > 0 ? cost->flops * sum / count : (double)NAN;
}

static double rough_bytes(const lab_cost *cost)
{
    return bytes_base + bytes_param * cost->params + bytes_activation * cost->activations;
}

/* Of equally near ones the largest: memory that is short ends runs. */
int64_t lab_rates_bytes(const lab_rates *rates, const lab_cost *cost)
{
    double least = (double)INFINITY, factor = 1, log_flops = log_flops_image(cost);
    for (isize i = 0; i < rates->count; i++) {
        const lab_rate *rate = &rates->measured[i];
        if (!(rate->bytes > 0)) continue;
        double apart = distance(rate, cost->kind, log_flops),
               own = rate->bytes / rough_bytes(&rate->cost);
        if (apart > least + 1e-9) continue;
        factor = apart < least - 1e-9 || own > factor ? own : factor;
        least = apart < least ? apart : least;
    }
    return (int64_t)(factor * rough_bytes(cost));
}

void lab_rates_finish(lab_rates *rates)
{
    lab_heap_free(rates->measured);
    *rates = (lab_rates){0};
}
