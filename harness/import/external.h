/* import/external.h - a run of another program, as a cell of task external.
 *
 *     lab_external *run = NULL;
 *     lab_external_open(&run, "chinchilla 70B");
 *     lab_external_key(run, "lr", "1e-4");
 *     lab_external_point(run, "val", "loss", 1000, 1.936);
 *     status = lab_external_write(run, ledger, "paper.csv", &what, err);
 *     lab_external_close(&run);
 *
 * Its config is a line "key: value" for each key, sorted, numbers in their shortest spelling; the
 * cell is that text's SHA-256. These keys mean the same for every program: external.name,
 * external.params, external.patches (tokens that training read), external.flops, external.images,
 * external.steps (of the whole training), seed. An attempt's UUID comes from config and points, so
 * that the same run again changes nothing, and other points replace those that were there.
 */
#ifndef LAB_EXTERNAL_H
#define LAB_EXTERNAL_H
#include "base/hash.h"
#include "ledger/ledger.h"

typedef struct lab_external lab_external;

void lab_external_open(lab_external **out, const char *name);
void lab_external_close(lab_external **run); /* sets NULL; NULL is fine */

/* Control characters become blanks. Setting a key again replaces its value. */
void lab_external_key(lab_external *run, const char *key, const char *value);
/* A step that is set again takes the later value, and is counted. */
void lab_external_point(lab_external *run, const char *split, const char *metric, int64_t step,
                        double value);
/* Unix seconds of a point that was logged with its time: the run's begin and end. */
void lab_external_time(lab_external *run, double wall_s);

lab_sha256 lab_external_hash(lab_external *run); /* of the cell */

typedef struct {
    isize runs, added, replaced; /* replaced: were there with other points */
    isize points, again;         /* again: given twice for one step, where the later counts */
} lab_imported_runs;

/* Writes the run inside the caller's transaction, and adds to sum. source is where it came from. */
LAB_CHECKED lab_status lab_external_write(lab_external *run, lab_ledger *ledger, const char *source,
                                          lab_imported_runs *sum, lab_error *err);
#endif
