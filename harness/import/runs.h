/* import/runs.h - runs of other programs from a CSV file.
 *
 * Three forms. One row a run: columns are hyperparameters but for those that have a role (import/
 * role.h), by their name or by a mapping. One row a point: columns step, metric, value, perhaps
 * run, and split where there is one (else a metric "split/name" tells); columns of other roles hold
 * for the whole run, the last row counts, and those without a role are left out. One row a step: a
 * column step, and no name of a run (or step is said by a mapping); the other columns are figures,
 * train_loss that of train/loss. Runs without a name have that of the file.
 */
#ifndef LAB_IMPORT_RUNS_H
#define LAB_IMPORT_RUNS_H
#include "base/text.h"
#include "import/external.h"
#include "import/role.h"

/* How a file is to be read, and who hears of bad rows and of how it was understood. */
typedef struct {
    const lab_role_map *mappings; /* borrowed */
    isize count;
    const char *name; /* of runs that the files give none; NULL: that of folder or file */
    void (*say)(void *context, const char *sentence);
    void *context;
} lab_import_wish;

/* Writes all runs of the file in one transaction, or nothing. LAB_ERR_FORMAT: rows are bad, each of
 * which was said with line and column. LAB_ERR_CONFIG: a mapping names no column. */
LAB_CHECKED lab_status lab_import_runs(lab_ledger *ledger, const char *name, const lab_text *bytes,
                                       const lab_import_wish *wish, lab_imported_runs *out,
                                       lab_error *err);
#endif
