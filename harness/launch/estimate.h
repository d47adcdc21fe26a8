/* launch/estimate.h - what a sweep's cells cost: sizes and FLOPs from the engine, time and memory
 * from runs that were measured. */
#ifndef LAB_ESTIMATE_H
#define LAB_ESTIMATE_H
#include "launch/engine.h"
#include "launch/rate.h"

typedef struct {
    bool planned; /* the engine could say what follows */
    int64_t params_trunk, params_total, tokens, flops_total, steps, images;
    int64_t flops_step; /* of which flops_total is a multiple, by steps; 0: it is not */
    lab_cost cost;      /* the same, as rates want it */
    isize like;         /* the first cell of the same costs, itself perhaps */
} lab_estimate;

typedef struct {
    lab_estimate *cells; /* one for each cell of the sweep; owned */
    lab_rates rates;
    int shapes, timed; /* distinct shapes of the kinds that were timed, and those that were */
    int recalled;      /* runs of the ledger whose times are used */
} lab_estimates;

/* Asked between two questions to the engine, each of which may take a second: true ends them. says
 * NULL: never. */
typedef struct {
    bool (*says)(void *context);
    void *context;
} lab_until;

/* Asks the engine for the sizes and costs of the cells for which wanted is true: once for cells
 * that differ in nothing that matters to them, or in their numbers of steps alone. A cell whose
 * plan the engine refuses, or dies of, is one that is not planned; so are those that are left when
 * until says so. */
LAB_CHECKED lab_status lab_estimate_plan(lab_estimates *out, const lab_engine *engine,
                                         const lab_sweep *sweep, const bool *wanted,
                                         lab_until until, lab_error *err);
/* Takes the times and the memory of the ledger's runs on this kind of CPU. */
LAB_CHECKED lab_status lab_estimate_recall(lab_estimates *estimates, lab_ledger *ledger,
                                           lab_error *err);
/* Times up to so many shapes of each kind of run of which nothing is known, half a second each. */
LAB_CHECKED lab_status lab_estimate_time(lab_estimates *estimates, const lab_engine *engine,
                                         const lab_sweep *sweep, int each, lab_until until,
                                         lab_error *err);
/* A run of the cell, or a part of it: share of the whole, in thread seconds; bytes 0: unknown. */
void lab_estimate_learn(lab_estimates *estimates, isize cell, double core_s, double share,
                        int64_t bytes);
/* The plan of one config, for lab_data_source; the context is the lab_engine. LAB_ERR_CONFIG with
 * the engine's own words where it refuses the config. */
LAB_CHECKED lab_status lab_estimate_config(void *engine, const lab_config *config, lab_plan *out,
                                           lab_error *err);
void lab_estimate_finish(lab_estimates *estimates);
#endif
