/* launch/schedule.h - which cell comes next, with how many threads, and when all will be done.
 *
 * Longest first (Graham 1969: at most a third over the best possible order), where a cell counts
 * the longest of those that wait for it, too. A run gets one thread; one that would outlast all
 * others, were they dealt out evenly over the cores, gets as many as make it end with them, and
 * waits for cores where it ends sooner so; what fits meanwhile may overtake it. Bits do not depend
 * on threads.
 *
 * Arithmetic alone: no process, no clock, no ledger.
 */
#ifndef LAB_SCHEDULE_H
#define LAB_SCHEDULE_H
#include "base/base.h"

typedef enum { LAB_OPEN, LAB_RUNNING, LAB_SETTLED } lab_stage;

typedef struct {
    double seconds; /* that are left, of one thread; NaN: unknown, counts as nothing */
    int64_t bytes;  /* resident peak; 0: unknown */
    isize parent;   /* that must be settled before, or -1 */
    lab_stage stage;
} lab_load;

/* What there is to run with. */
typedef struct {
    int jobs;      /* runs at once */
    int cores;     /* threads at once; a run gets one even where none is free */
    int workers;   /* threads of every run; 0: dealt out */
    int64_t bytes; /* memory of all runs together; a run that is alone may take more */
} lab_room;

typedef struct {
    lab_load *loads; /* one for each cell; owned */
    isize *order;    /* cells, the one to be started first in front; owned */
    double *chains;  /* seconds of a cell and of the longest that waits for it; owned */
    isize count;
    lab_room room;
} lab_schedule;

/* What runs: seconds that are left of it, with its threads. */
typedef struct {
    isize cell;
    double seconds;
    int workers;
} lab_running;

void lab_schedule_init(lab_schedule *schedule, isize count, lab_room room);
void lab_schedule_finish(lab_schedule *schedule);
/* Puts order and chains right: after loads have changed. */
void lab_schedule_sort(lab_schedule *schedule);
/* Threads for a cell that is to start now beside what runs; 0: it has to wait. */
int lab_schedule_workers(const lab_schedule *schedule, isize cell, const lab_running *running,
                         int count);
/* Seconds until all is settled, as this schedule would go; NaN where a time is unknown. */
double lab_schedule_left(const lab_schedule *schedule, const lab_running *running, int count);
#endif
