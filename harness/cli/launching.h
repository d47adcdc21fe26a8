/* cli/launching.h - what sweep and run share: their options, and the way from cells to an end. */
#ifndef LAB_LAUNCHING_H
#define LAB_LAUNCHING_H
#include "cli/cli.h"
#include "launch/launch.h"

typedef struct {
    const char *ledger, *data;
    const char *spool; /* NULL: the ledger */
    const char *cells; /* of that spool, a file of the only ones; NULL: all */
    int jobs, workers; /* 0: auto */
    int64_t memory;    /* bytes; 0: what is free */
    int retry, failures_max;
    lab_form form; /* of the dry run */
    bool dry_run;
} lab_launching;
extern const struct argp lab_launching_argp; /* input: lab_launching */
lab_launching lab_launching_defaults(void);
/* The ledger, or that of the spool; write makes it where it is missing, else a missing one is an
 * empty one. */
LAB_CHECKED lab_status lab_launching_open(lab_ledger **out, const lab_launching *options,
                                          bool write, lab_error *err);

/* Runs the sweep, or prints what it would do; gives the exit code. */
int lab_launching_go(const lab_launching *options, const lab_engine *engine,
                     const lab_sweep *sweep);
#endif
