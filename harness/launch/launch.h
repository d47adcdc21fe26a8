/* launch/launch.h - runs the cells of a sweep, each as a child process, until nothing is left.
 *
 * What the engines say is written as it arrives, one transaction for each round of reading. While
 * another process holds the ledger's lock, the launcher waits and the engines' pipes keep what they
 * say. The launcher may be killed at any instant: its engines get SIGTERM, write a checkpoint and
 * end; the next call with the same sweep waits for those that still do, skips what is done and
 * resumes what is not. SIGINT, SIGTERM or SIGHUP once asks every engine to stop after a checkpoint
 * and waits; twice kills them; three times does not wait for a locked ledger either. After SIGINT
 * runs are stopped, by a person; after the others preempted, by the system.
 */
#ifndef LAB_LAUNCH_H
#define LAB_LAUNCH_H
#include "launch/engine.h"
#include "launch/record.h"
#include "launch/schedule.h"

typedef struct {
    lab_ledger *ledger; /* writable */
    const lab_engine *engine;
    const lab_sweep *sweep;
    int jobs;         /* runs at once; 0: as many as cores and memory carry */
    int workers;      /* threads of each; 0: dealt out, see schedule.h */
    int64_t memory;   /* bytes of all runs together; 0: what is free */
    int retry;        /* LAB_RETRY_* */
    int failures_max; /* start no more after that many; 0: keep going */
} lab_launch;

typedef struct {
    int done, skipped; /* finished now, and before */
    int failed;        /* now: failed, diverged or killed */
    int failed_before; /* left alone: retrying was not asked for */
    int blocked;       /* probes whose trunk cannot be had */
    int pruned;        /* by a rule of the sweep, now or before; probes of such trunks, too */
    int stopped;       /* asked to stop, or not started any more */
    int signal;        /* that asked to stop, 0: none */
    double wall_s;
} lab_outcome;

/* What it would run with. */
lab_room lab_launch_room(const lab_launch *launch);

/* LAB_OK also where runs failed: see *out. An error means that the launcher itself could not go
 * on; its engines have been stopped, as by an interrupt. */
LAB_CHECKED lab_status lab_launch_run(const lab_launch *launch, lab_outcome *out, lab_error *err);
#endif
