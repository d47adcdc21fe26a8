/* train/machine.h - what a run's record says of the build and the machine. */
#ifndef VT_MACHINE_H
#define VT_MACHINE_H
#include "base/base.h"

typedef struct {
    const char *version, *commit, *build; /* static */
    int dirty;
    char cpu[128], host[128];
} vt_machine;

void vt_machine_describe(vt_machine *out);
double vt_clock_wall(void);   /* seconds, monotonic */
double vt_clock_cpu(void);    /* seconds of user and system time of this process */
double vt_clock_thread(void); /* the same of this thread */
isize vt_rss_peak(void);      /* bytes */
int vt_cores(void);           /* that this process may run on */
#endif
