/* bench/ledger/plain_sqlite.h - the least that SQLite can do for a point, as a peer: prepared
 * statements on a table of three columns without a key, and the ledger's own pragmas. */
#ifndef BENCH_LEDGER_PLAIN_SQLITE_H
#define BENCH_LEDGER_PLAIN_SQLITE_H
#include "base/error.h"

typedef struct bench_plain bench_plain;

LAB_CHECKED lab_status bench_plain_open(bench_plain **out, const char *path, lab_error *err);
void bench_plain_close(bench_plain **plain);
/* Commits a point in a transaction of its own. */
LAB_CHECKED lab_status bench_plain_commit(bench_plain *plain, int64_t step, int series,
                                          double value, lab_error *err);
#endif
