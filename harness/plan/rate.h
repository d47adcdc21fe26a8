/* plan/rate.h - how fast this machine trains, by the runs that it finished. */
#ifndef LAB_PLAN_RATE_H
#define LAB_PLAN_RATE_H
#include "ledger/ledger.h"

typedef struct {
    double flops_core_s; /* FLOPs a second of one thread, over all of them together */
    int runs;            /* finished pre-training runs on this machine, or on its kind of CPU */
} lab_plan_rate;

/* runs 0 where none was measured. */
LAB_CHECKED lab_status lab_plan_rate_read(lab_plan_rate *out, lab_ledger *ledger, lab_error *err);
#endif
