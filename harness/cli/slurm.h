/* cli/slurm.h - sweep --launcher slurm: options, and the way from cells to a job. */
#ifndef LAB_CLI_SLURM_H
#define LAB_CLI_SLURM_H
#include "cli/launching.h"

enum { LAB_SLURM_OPTIONS_MAX = 32 };

typedef struct {
    bool chosen;
    const char *folder, *partition, *time;          /* NULL: not given */
    const char *options[LAB_SLURM_OPTIONS_MAX + 1]; /* NULL-terminated */
    int option_count;
    int tasks, task_minutes; /* 0: not given */
} lab_slurm_options;
extern const struct argp lab_slurm_argp; /* input: lab_slurm_options */

/* Submits what is missing, or tells what is in the queue; gives the exit code. */
int lab_slurm_go(const lab_slurm_options *options, const lab_launching *launching,
                 const lab_engine *engine, const lab_sweep *sweep);
#endif
