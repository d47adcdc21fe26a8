/* bench/ledger/place.h - a fresh folder for a measurement's files, gone with it. */
#ifndef BENCH_LEDGER_PLACE_H
#define BENCH_LEDGER_PLACE_H
#include "ledger/ledger.h"

typedef struct {
    char path[256];
} bench_place;

typedef struct {
    char text[320];
} bench_path;

/* Below parent. bench_place_close removes it with all files in it, also after a failure. */
LAB_CHECKED lab_status bench_place_open(bench_place *out, const char *parent, lab_error *err);
void bench_place_close(const bench_place *place);
bench_path bench_place_file(const bench_place *place, const char *name);
/* A ledger in a file of that name. */
LAB_CHECKED lab_status bench_place_ledger(lab_ledger **out, const bench_place *place,
                                          const char *name, lab_error *err);
#endif
