/* move/export.h - runs, points and probes for other programs: CSV, JSON lines, TensorBoard.
 *
 * Numbers are written with the fewest digits that read back to the same double. What is not finite
 * is the word nan, inf or -inf, in JSON a string. NULL is an empty field of CSV, null in JSON.
 */
#ifndef LAB_EXPORT_H
#define LAB_EXPORT_H
#include "ledger/ledger.h"
#include <stdio.h>

typedef enum { LAB_EXPORT_CSV, LAB_EXPORT_JSONL } lab_export_form;

typedef struct {
    const char *query;         /* export_runs, export_points, export_probes */
    const char *const *hashes; /* of cells; borrowed */
    isize count;               /* 0: the whole ledger */
} lab_export_wish;

/* Writes rows as they are read; *rows counts them. LAB_ERR_IO: out took no more. */
LAB_CHECKED lab_status lab_export_rows(lab_ledger *ledger, const lab_export_wish *wish,
                                       lab_export_form form, FILE *out, isize *rows,
                                       lab_error *err);

/* Writes FOLDER/RUN/events.out.tfevents.START.patchlaw for each run that has points, each whole or
 * not at all: the config as hyperparameters, points as scalars split/metric in fp32, as TensorBoard
 * keeps them. The ledger has no time of a point: wall times are spread evenly over the steps, from
 * the run's first start to its last end. */
LAB_CHECKED lab_status lab_export_tensorboard(lab_ledger *ledger, const lab_export_wish *wish,
                                              const char *folder, isize *runs, isize *points,
                                              lab_error *err);
#endif
