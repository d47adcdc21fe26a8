/* bench/law/suites.h - what is measured of fits, a function each; all print and keep rows.
 *
 * One made-up experiment of 240 runs, the loss of Hoffmann et al. (Huber, delta 1e-3, in log y),
 * one core. SciPy does the same searches from the same places turn by turn, with a gradient in
 * closed form and L-BFGS-B: fewer of them, so rates are compared. */
#ifndef BENCH_LAW_SUITES_H
#define BENCH_LAW_SUITES_H
#include "base/error.h"
#include "bench/ledger/peer.h"
#include "bench/table.h"
#include "law/fit.h"

typedef struct {
    bench_table *table;
    int repeats;
    int refits, starts; /* of a measurement */
    int peers;          /* searches of SciPy's in a measurement */
    const char *folder; /* below which its files are made */
    bench_peer scipy;
} bench_law_request;

typedef lab_status bench_law_suite(const bench_law_request *request, lab_error *err);

/* warm: a fit that begins at the optimum of rows drawn again */
bench_law_suite bench_law_warm;
/* draws: refits of a bootstrap */
bench_law_suite bench_law_draws;
/* starts: a fit from the whole grid of starts, and the share of them that reach the optimum */
bench_law_suite bench_law_starts;
#endif
