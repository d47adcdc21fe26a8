/* launch/rate.h - how long runs take and how much memory, from runs that were measured.
 *
 * A cell that was not measured takes the rate of the measured one that is nearest in FLOPs an
 * image, of the same kind where there is one; a run of this sweep tells more than one of the past
 * unless it is four times farther. Memory goes with a rough sum of what a run holds.
 */
#ifndef LAB_RATE_H
#define LAB_RATE_H
#include "base/base.h"

/* Runs whose rates compare: pre-training, probes of trunks, probes of pixels. */
typedef enum { LAB_OF_PRETRAIN, LAB_OF_PROBE, LAB_OF_PIXELS, LAB_KINDS } lab_kind;

/* What a run costs on any machine. */
typedef struct {
    lab_kind kind;
    double flops, images; /* of the whole run; 0: unknown */
    double params;        /* with the head */
    double activations;   /* batch images * tokens * width * depth */
} lab_cost;

typedef struct {
    lab_cost cost;
    isize cell;             /* of this sweep; -1: of the past */
    double core_s;          /* thread seconds of the whole run; NaN: not measured */
    double bytes;           /* resident peak; 0: not measured */
    double log_flops_image; /* filled in by lab_rates_add */
} lab_rate;

/* Zeroed is empty. */
typedef struct {
    lab_rate *measured; /* owned */
    isize count, capacity;
} lab_rates;

/* One of a cell that is there already takes its place. */
void lab_rates_add(lab_rates *rates, lab_rate rate);
/* Tells whether any run of that kind was timed. */
bool lab_rates_know(const lab_rates *rates, lab_kind kind);
/* Thread seconds of a run of that cost; NaN where nothing was timed or the cost is unknown. */
double lab_rates_core_s(const lab_rates *rates, const lab_cost *cost);
/* Resident peak; the rough sum alone where nothing was measured. */
int64_t lab_rates_bytes(const lab_rates *rates, const lab_cost *cost);
void lab_rates_finish(lab_rates *rates);
#endif
