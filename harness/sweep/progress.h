/* sweep/progress.h - how long a sweep will still take, from what it has taken so far. */
#ifndef LAB_PROGRESS_H
#define LAB_PROGRESS_H
#include "sweep/job.h"

/* By task (pretrain, probe): work in arbitrary units, and the seconds that it took. Zeroed is
 * empty. */
typedef struct {
    double done[2], left[2], seconds[2];
} lab_progress;

void lab_progress_add(lab_progress *progress, const lab_cell *cell);  /* it is still to be done */
void lab_progress_drop(lab_progress *progress, const lab_cell *cell); /* begun, or not needed */
/* A job that is done has taken that long. */
void lab_progress_done(lab_progress *progress, const lab_cell *cell, const lab_job *job,
                       double seconds);
/* Share of a job's steps that are behind it. */
double lab_progress_share(const lab_job *job);
/* Seconds left of what is still to be done and of the running jobs, jobs at a time; NaN before
 * anything is known. */
double lab_progress_left(const lab_progress *progress, const lab_sweep *sweep, const lab_job *jobs,
                         int count);
#endif
