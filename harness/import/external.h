/* import/external.h - a run of another program, as a cell of task external.
 *
 *     lab_external *run = NULL;
 *     lab_external_open(&run, "chinchilla 70B");
 *     lab_external_key(run, "lr", "1e-4");
 *     lab_external_point(run, "val", "loss", 1000, 1.936);
 *     status = lab_external_write(run, ledger, "paper.csv", &what, err);
 *     lab_external_close(&run);
 *
 * Its config is a line "key: value" for each key, sorted; the cell is that text's SHA-256. These
 * keys mean the same for every program: external.name, external.params, external.patches (tokens
 * that training read), external.flops, external.images, external.steps (of the whole training),
 * seed. Numbers stand in their shortest spelling; in other keys so do those that are surely numbers
 * and lose nothing by it: 0.0010 and 1e-3 are 0.001, but 007 and 12e5 stay. An attempt's UUID comes
 * from config and points, in whatever order they came, so that the same run again changes nothing,
 * and other points replace those that were there.
 */
#ifndef LAB_EXTERNAL_H
#define LAB_EXTERNAL_H
#include "base/hash.h"
#include "ledger/ledger.h"

typedef struct lab_external lab_external;

void lab_external_open(lab_external **out, const char *name);
void lab_external_close(lab_external **run); /* sets NULL; NULL is fine */

/* A copy with blanks for control characters, as names and values are kept; the caller's. */
char *lab_one_line(const char *text);
/* Setting a key again replaces its value. */
void lab_external_key(lab_external *run, const char *key, const char *value);
/* A step that is set again takes the later value, and is counted. */
void lab_external_point(lab_external *run, const char *split, const char *metric, int64_t step,
                        double value);
/* Unix seconds of a point that was logged with its time: the run's begin and end. */
void lab_external_time(lab_external *run, double wall_s);

/* Where a run lies that is named after its folder or file: that of another place is not replaced.
 * It stands as the run's source. */
void lab_external_place(lab_external *run, const char *place);

lab_sha256 lab_external_hash(lab_external *run); /* of the cell */
/* How many points were given again with another value. */
isize lab_external_contrary(lab_external *run);

typedef struct {
    isize runs, added, replaced; /* replaced: were there with other points */
    isize points, again;         /* again: given twice for one step, where the later counts */
} lab_imported_runs;

/* Writes the run inside the caller's transaction, and adds to sum. source is where it came from.
 * LAB_ERR_CONFIG: a run of this name with other points came from another place. */
LAB_CHECKED lab_status lab_external_write(lab_external *run, lab_ledger *ledger, const char *source,
                                          lab_imported_runs *sum, lab_error *err);
#endif
