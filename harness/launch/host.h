/* launch/host.h - which machine, which boot, which process: what tells a live attempt from one
 * whose process is gone. A pid alone does not: pids are used again. */
#ifndef LAB_HOST_H
#define LAB_HOST_H
#include "base/base.h"

typedef struct {
    char name[256];   /* host name */
    char boot_id[64]; /* of the running kernel */
} lab_host;

lab_host lab_host_here(void);
/* The start time of a process in clock ticks since boot, or -1 where there is none. */
int64_t lab_process_started(int64_t pid);
/* Seconds between that many clock ticks since boot and now, whatever was done to the time of day.
 */
double lab_ticks_ago_s(int64_t ticks);
/* Tells whether an engine holds the lock of this run folder (flock on its file lock). */
bool lab_folder_locked(const char *folder);
int lab_host_cores(void); /* that this process may run on */
/* Bytes that new processes may take: of the machine, or of the control group that this one is in.
 */
int64_t lab_host_memory(void);
#endif
