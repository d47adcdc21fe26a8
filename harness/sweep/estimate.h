/* sweep/estimate.h - what a sweep will cost, before it is started. */
#ifndef LAB_ESTIMATE_H
#define LAB_ESTIMATE_H
#include "sweep/engine.h"

typedef struct {
    bool planned; /* the engine could say what follows */
    int64_t params_trunk, params_total, flops_total, steps, images;
    double seconds; /* of one run; NaN where nothing could be measured */
} lab_estimate;

typedef struct {
    lab_estimate *cells;  /* one for each cell of the sweep; owned */
    int shapes, measured; /* distinct shapes of cells, and those that were timed */
} lab_estimates;

/* Asks the engine for each cell's sizes and costs, and times up to four shapes of pre-training
 * cells, of probes and of pixel probes for half a second each; the rate of a shape that was not
 * timed is that of the timed one with the nearest FLOPs an image, scaled by them. wanted[i] false
 * leaves cell i out. */
LAB_CHECKED lab_status lab_estimate_sweep(lab_estimates *out, const lab_engine *engine,
                                          const lab_sweep *sweep, const bool *wanted, int workers,
                                          lab_error *err);
void lab_estimate_finish(lab_estimates *estimates);
#endif
