/* move/merge.h - another ledger's sweeps, runs and facts into this one.
 *
 * What is known by its content keeps that name: sweeps and benchmarks' files by SHA-256, cells by
 * their hash, attempts by UUID (ordinals are given anew, by time). The facts of a cell (curves,
 * costs, probe results, newest files) come whole from one side: from that where it is done, else
 * where it came further, else where it is worked on, else where it was heard of last. A side whose
 * done attempt is superseded on the other is not done; where that holds for both, the newer attempt
 * stays done. Where it is done on both sides, they must be equal; what differs is a conflict, and
 * this ledger's stay. So do saved queries of one name and two texts.
 *
 * So merging again changes nothing, and without conflicts two ledgers become the same, whichever
 * takes the other.
 */
#ifndef LAB_MERGE_H
#define LAB_MERGE_H
#include "base/table.h"
#include "ledger/ledger.h"

typedef struct {
    int64_t sweeps, cells, attempts, facts, bench_files; /* that are new here; facts: cells */
    int64_t conflicts;                                   /* cells, and saved queries */
    int64_t folders;                                     /* copied */
    int64_t troubles;                                    /* files that could not be copied */
} lab_merged;

typedef struct {
    const char *other; /* path of the ledger to take */
    bool dry_run;      /* nothing is written, but everything is counted */
    bool copy;         /* folders of runs, too */
} lab_merge_wish;

/* Names the columns of a table of conflicts: run, differs, n, here, there, here_from, there_from.
 */
void lab_merge_columns(lab_table *conflicts);
/* Merges in one transaction and adds rows to conflicts, and what could not be copied to troubles,
 * which has the column trouble. The other ledger may be of an older schema: it is copied
 * beside the target, and only the copy is migrated. */
LAB_CHECKED lab_status lab_merge(lab_ledger *ledger, const lab_merge_wish *wish, lab_merged *out,
                                 lab_table *conflicts, lab_table *troubles, lab_error *err);
#endif
