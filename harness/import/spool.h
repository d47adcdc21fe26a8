/* import/spool.h - a spool of event files (launch/spool.h) into a ledger.
 *
 * It may be imported at any time, while launchers still write, and again later: an attempt is
 * known by its name, and gains what its file has grown by. Spools of several machines may come in
 * any order. The run folders stay where they are: beside the ledger appears a link to each, so
 * that show finds a run's files and a probe its trunk. It has the run's name, or, where the ledger
 * has a folder of its own under that, <run>.<8 digits of an attempt's uuid>.
 */
#ifndef LAB_IMPORT_SPOOL_H
#define LAB_IMPORT_SPOOL_H
#include "ledger/ledger.h"

typedef struct {
    int sweeps, cells;
    int attempts; /* that the spool holds */
    int added;    /* that the ledger lacked */
    int known;    /* of which the ledger held all that is there; the others have gained or may */
    int open;     /* that have not ended */
    int torn;     /* that end within a line, as their launcher was killed there, or is at it */
} lab_imported_spool;

/* One transaction for each run. copy: the folders of runs that are done are copied beside the
 * ledger, not linked. LAB_ERR_MISSING: no spool; LAB_ERR_FORMAT names file and line of damage, and
 * what was taken before it stays. */
LAB_CHECKED lab_status lab_import_spool(lab_ledger *ledger, const char *folder, bool copy,
                                        lab_imported_spool *out, lab_error *err);
#endif
