/* plan/amount.h - a budget as a person writes it: FLOPs, or time on this machine.
 *
 *   FLOPs  1e15  3e12FLOPs  2.5T  40GFLOP: a number, perhaps k M G T P E, perhaps FLOP or FLOPs
 *   time   2h  90m  1h30m  45s  1d12h: numbers with d, h, m (or min), s, each once, in that order
 */
#ifndef LAB_AMOUNT_H
#define LAB_AMOUNT_H
#include "base/error.h"

typedef struct {
    double flops, seconds; /* the one that was given, > 0; the other is 0 */
} lab_amount;

/* LAB_ERR_CONFIG: it is neither, or not above 0; the sentence starts with name. */
LAB_CHECKED lab_status lab_amount_read(lab_amount *out, const char *name, const char *words,
                                       lab_error *err);
#endif
