/* bench/ledger/fill.h - ledgers like those of real sweeps, written as the launcher writes them. */
#ifndef BENCH_LEDGER_FILL_H
#define BENCH_LEDGER_FILL_H
#include "bench/ledger/place.h"
#include "launch/record.h"

typedef struct {
    const char *name;
    int cells;   /* pre-training runs: four widths x five rates x seeds where 20 divides them */
    int index;   /* two sweeps of another index share no cell: decay, warm-up, then seeds differ */
    int points;  /* of each training curve */
    int curves;  /* of training; two of validation, of ten points each, come on top */
    bool probed; /* each run has a probe, too */
} bench_filling;

/* A sweep and its runs, each with its curves: of fifty, one failed, one diverged, one was stopped
 * before it was done, and one waits. */
LAB_CHECKED lab_status bench_fill(lab_ledger *ledger, const bench_place *place,
                                  const bench_filling *filling, lab_error *err);
/* Reads the sweep that bench_fill would write. */
LAB_CHECKED lab_status bench_fill_sweep(lab_sweep *out, const bench_place *place,
                                        const bench_filling *filling, lab_error *err);
/* A point of a curve as the engine tells it. */
lab_event bench_point(int64_t step, const char *split, const char *metric, double value);
/* Claims the sweep's cell of that index, and finds its id. */
LAB_CHECKED lab_status bench_claim(lab_ledger *ledger, const lab_cell *cell, const char *input,
                                   int64_t *cell_id, int64_t *attempt_id, lab_error *err);
/* The names of curves: BENCH_CURVES of training. */
enum { BENCH_CURVES = 8 };
extern const char *const bench_curves[BENCH_CURVES];
#endif
