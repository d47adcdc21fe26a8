/* import/bench.h - a benchmark's file into the ledger.
 *
 * The file is one JSON object of schema patchlaw-bench-1: who was measured, where and when, and a
 * list of rows, each one quantity. sql/queries/bench/keys.sql lists its keys and what each may be;
 * nothing else is accepted. SQLite reads the JSON.
 */
#ifndef LAB_IMPORT_BENCH_H
#define LAB_IMPORT_BENCH_H
#include "base/hash.h"
#include "base/text.h"
#include "ledger/ledger.h"

typedef struct {
    lab_sha256 hash; /* of the file's bytes */
    int64_t rows;    /* that the ledger holds of it */
    bool known;      /* the ledger held it before: nothing was written */
} lab_imported;

/* Writes the file and its rows in one transaction, or nothing. name is what messages and the
 * ledger call it. LAB_ERR_FORMAT names the row and the key that are wrong; LAB_ERR_LEDGER and
 * LAB_ERR_BUSY are those of the ledger. */
LAB_CHECKED lab_status lab_import_bench(lab_ledger *ledger, const char *name, const lab_text *text,
                                        lab_imported *out, lab_error *err);
#endif
