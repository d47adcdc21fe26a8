/* cli/launching.h - what sweep and run share: their options, and the way from cells to an end. */
#ifndef LAB_LAUNCHING_H
#define LAB_LAUNCHING_H
#include "cli/cli.h"
#include "sweep/launch.h"

typedef struct {
    const char *ledger, *data;
    int jobs, workers; /* 0: auto */
    int64_t memory;    /* bytes; 0: what is free */
    int retry, failures_max;
    lab_form form; /* of the dry run */
    bool dry_run;
} lab_launching;
extern const struct argp lab_launching_argp; /* input: lab_launching */
lab_launching lab_launching_defaults(void);

/* Runs the sweep, or prints what it would do; gives the exit code. */
int lab_launching_go(const lab_launching *options, const lab_engine *engine,
                     const lab_sweep *sweep);
#endif
