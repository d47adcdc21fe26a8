/* launch/slurm.h - a sweep as one array job of Slurm.
 *
 * A folder that all nodes see holds what the job needs and what it makes:
 *
 *   DIR/spool/            one spool for all tasks of all submissions; each works on its own runs
 *                         in it, and goes on where an earlier one was cut off
 *   DIR/N-<task>.sweep    the runs of a task of submission N, resolved: the sweep's file may
 *                         change meanwhile
 *   DIR/N.sh, N-merge.sh  the scripts
 *   DIR/log/              what they print
 *
 * The jobs' name is made of the folder's path, and the queue tells each one's script: so it is
 * known which runs are queued, whatever the sweep's file says by now.
 */
#ifndef LAB_SLURM_H
#define LAB_SLURM_H
#include "launch/engine.h"
#include "launch/pack.h"

typedef struct {
    const char *folder;           /* DIR, absolute and without symbolic links */
    const char *program, *ledger; /* absolute */
    const lab_engine *engine;     /* absolute paths */
    const char *partition, *time; /* NULL: the cluster's own */
    const char *const *options;   /* further ones of sbatch, "--mem=4G"; NULL-terminated */
    int jobs, workers;            /* of each task */
    int retry;                    /* LAB_RETRY_* */
} lab_slurm;

typedef struct {
    char name[32]; /* of the job */
} lab_slurm_name;
lab_slurm_name lab_slurm_name_of(const lab_slurm *slurm);

/* The number of the next submission: that of no script in the folder. */
int lab_slurm_next(const lab_slurm *slurm);
/* The script of a submission of that many tasks, and that of the job that takes the spool into the
 * ledger, on a node of that name. */
void lab_slurm_script(const lab_slurm *slurm, int number, int tasks, lab_text *text);
void lab_slurm_merge_script(const lab_slurm *slurm, int number, const char *node, lab_text *text);

/* The tasks of a folder's jobs that are in the queue. */
typedef struct {
    int waiting, running;
    bool unclear;   /* of some it cannot be told which runs they have */
    lab_sweep runs; /* of the others, as a set of cells */
} lab_slurm_queued;
/* *out is the caller's, also after a failure. LAB_ERR_IO: Slurm cannot be asked; the sentence says
 * why. */
LAB_CHECKED lab_status lab_slurm_queue(lab_slurm_queued *out, const lab_slurm *slurm,
                                       lab_error *err);
void lab_slurm_queued_finish(lab_slurm_queued *queued);
/* The name of a node on this host, "" where it is none. */
LAB_CHECKED lab_status lab_slurm_here(lab_text *node, lab_error *err);
/* Writes the task files and scripts, and submits them; merge is the id of the dependent job, ""
 * where node is "". Where that one alone cannot be submitted, the sentence says so. */
LAB_CHECKED lab_status lab_slurm_submit(const lab_slurm *slurm, const lab_sweep *sweep,
                                        const lab_packing *packing, const char *node, lab_text *job,
                                        lab_text *merge, lab_error *err);
#endif
