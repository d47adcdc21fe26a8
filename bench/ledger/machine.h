/* bench/ledger/machine.h - a benchmark's file, with this machine in it. */
#ifndef BENCH_LEDGER_MACHINE_H
#define BENCH_LEDGER_MACHINE_H
#include "base/error.h"
#include "bench/table.h"

/* The build is that of the program that measured. */
LAB_CHECKED lab_status bench_write_here(const bench_table *table, const char *version,
                                        const char *commit, int dirty, const char *path,
                                        lab_error *err);
#endif
