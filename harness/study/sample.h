/* study/sample.h - the runs that a law is to be fitted to: the rows of a query.
 *
 * The query has a column for each variable of the law, by its name (N, D, L), or for what a person
 * said stands for it (let N=N_head). What else it has, the fit knows more by:
 *   run             names the row in every list; without it rows are numbered
 *   C               compute, in FLOPs: orders rows, and tells how far a fit reaches
 *   seed, setting   rows of one setting differ in their seed alone
 *   cluster         rows that the bootstrap draws together: points of one curve
 *   protocol        losses of different ones do not compare
 *   lr_peak, started_at  highest learning rate; unix microseconds: what residuals may follow
 *   lr_final_share  learning rate at the end over the highest: a schedule that was cut short
 *
 * Rows are sorted by name and values, so that results do not depend on the query's order.
 */
#ifndef LAB_SAMPLE_H
#define LAB_SAMPLE_H
#include "base/hash.h"
#include "base/text.h"
#include "law/data.h"
#include "ledger/ledger.h"

typedef struct {
    char *run;                 /* owned */
    double x[LAB_LAW_COLUMNS]; /* NaN where there is none, as all below */
    double y, compute, seed, lr_final_share;
    double lr_peak,
        started_at; /* no part of sha256: nothing that is fitted or checked reads them */
    char *setting, *cluster, *protocol; /* owned; NULL where there is none */
    const char *excluded;               /* why no fit can use the row; NULL: it can */
} lab_sample_row;

typedef struct {
    const lab_law *law;
    char *query;          /* as it ran, owned */
    lab_sample_row *rows; /* [count], owned */
    isize count, used;    /* used: not excluded; they come first */
    bool has_compute, has_seed, has_setting, has_cluster, has_protocol, has_lr; /* columns */
    lab_sha256 sha256; /* of all that was read */
} lab_sample;

/* What a person said: VARIABLE=COLUMN. */
typedef struct {
    const char *variable, *column; /* borrowed; variable ends at '=' */
} lab_sample_let;

/* LAB_ERR_CONFIG: the query does not compile, or lacks a column; the sentence names those it has.
 */
LAB_CHECKED lab_status lab_sample_read(lab_sample *sample, lab_ledger *ledger, const lab_law *law,
                                       const char *query, const lab_sample_let *lets, isize count,
                                       lab_error *err);
void lab_sample_finish(lab_sample *sample);

/* The first row of the same setting, or cluster, as that row: itself where it has none. */
isize lab_sample_alike(const lab_sample *sample, isize row, bool by_setting);

/* The rows that are used, for a fit with residuals in log y (logs) or in y. by_setting: all seeds
 * of a setting are one cluster; else a cluster of the query, or a row each. The caller finishes
 * data. */
void lab_sample_data(const lab_sample *sample, bool logs, bool by_setting, lab_law_data *data);
#endif
