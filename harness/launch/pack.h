/* launch/pack.h - groups of cells into tasks that take about as long as one another. */
#ifndef LAB_PACK_H
#define LAB_PACK_H
#include "sweep/sweep.h"

typedef struct {
    int *task;       /* of each cell of the sweep, -1: none; owned */
    double *seconds; /* of each task; owned */
    int tasks, groups;
} lab_packing;

/* Packs the wanted cells of a sweep. A trunk and its probes are one group, in one task; the trunk
 * comes along where it is not wanted itself. seconds are the cells', NaN where nobody knows: then
 * the mean of the others, or a minute. tasks 0: as many as it takes for none to be longer than
 * task_s, as far as groups allow, and at most LAB_PACK_TASKS_MAX. Longest groups first, each into
 * the task that has the least. */
void lab_pack(lab_packing *out, const lab_sweep *sweep, const bool *wanted, const double *seconds,
              int tasks, double task_s);
void lab_packing_finish(lab_packing *packing);

#define LAB_PACK_TASKS_MAX 1000 /* Slurm's MaxArraySize is 1001 where nobody has changed it */
#endif
