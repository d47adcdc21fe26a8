/* bench/ledger/suites.h - what is measured of the ledger, a function each; all print and keep rows.
 *
 * Everything goes through the functions that launcher and commands use. What is held against a
 * peer takes turns with it, on the same file system. */
#ifndef BENCH_LEDGER_SUITES_H
#define BENCH_LEDGER_SUITES_H
#include "base/embedded.h"
#include "base/error.h"
#include "bench/ledger/peer.h"
#include "bench/table.h"

typedef struct {
    bench_table *table;
    int repeats;
    double seconds;       /* of a turn of commits, and of the writers */
    int runs, points;     /* of ask and large; 0: as the suite wants them */
    const char *folder;   /* below which ledgers are made */
    const char *patchlaw; /* path of the program */
    bench_peer optuna;
} bench_ledger_request;

typedef lab_status bench_ledger_suite(const bench_ledger_request *request, lab_error *err);

/* commit: points that are committed one by one, a second; plain SQLite and Optuna beside it */
bench_ledger_suite bench_ledger_commit;
/* size: bytes that a point takes on disk */
bench_ledger_suite bench_ledger_size;
/* many: how long a point's commit takes while eight processes write */
bench_ledger_suite bench_ledger_many;
/* grid: 300 cells expanded, recorded and claimed; Optuna's grid of as many trials beside it */
bench_ledger_suite bench_ledger_grid;
/* ask: list, filter and curve of a thousand runs, as calls and as whole processes */
bench_ledger_suite bench_ledger_ask;
/* large: the same, and every view, of ten thousand runs of ten thousand points */
bench_ledger_suite bench_ledger_large;

/* bench/ledger/sql: kinds plain and questions. */
extern const lab_embedded lab_bench_sql[];
#endif
