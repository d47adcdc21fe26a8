/* launch/job.h - one engine at work on one cell: its process, its pipe, what it said, its end. */
#ifndef LAB_JOB_H
#define LAB_JOB_H
#include "launch/engine.h"
#include "launch/record.h"
#include <sys/resource.h>

enum { LAB_JOB_BUFFER_BYTES = 65536, LAB_JOB_REASON_BYTES = 400 };

typedef struct {
    pid_t pid;  /* 0: this place is free */
    int events; /* its pipe; -1: at its end */
    int gate;   /* that holds it back until its pid is noted; -1: it is open */
    isize cell; /* of the sweep */
    int64_t cell_id, attempt_id;
    int64_t step_first, step, steps; /* steps 0: not heard yet */
    int64_t rss_peak;                /* bytes, last heard; 0: not heard yet */
    int workers;
    double started_s, ended_s, images_per_s;
    off_t log_start;   /* of this attempt, in log.txt */
    bool noted;        /* the ledger has its pid */
    bool begun;        /* its event resume has been heard */
    bool told;         /* a person has been told so */
    bool spared;       /* was pruned, and goes on as was asked for: no rule is asked about it */
    bool points;       /* some have come since the rules of the sweep were asked */
    const char *asked; /* stopped, preempted, pruned: what it was asked to stop as; NULL: not yet */
    char why[LAB_JOB_REASON_BYTES]; /* it was asked, or "" */
    bool killed;                    /* by lab_job_kill */
    bool ended;                     /* ended_s, wait_status and usage are known */
    int wait_status;
    struct rusage usage;
    char end_state[16], end_reason[LAB_JOB_REASON_BYTES]; /* of the event end, or "" */
    char nonsense[LAB_JOB_REASON_BYTES]; /* what made its lines unreadable, or "" */
    char buffer[LAB_JOB_BUFFER_BYTES];   /* the start of a line */
    isize used;
} lab_job;

/* The run's folder below the ledger's, or that file in it; owned by the caller. */
char *lab_job_path(const lab_ledger *ledger, const lab_cell *cell, const char *file);

/* Makes the run's folder, writes its config and starts the engine with job->workers threads. */
LAB_CHECKED lab_status lab_job_start(lab_job *job, const lab_ledger *ledger, const lab_cell *cell,
                                     const lab_engine *engine, lab_error *err);
/* Reads what has arrived, once, and records the whole lines; *more tells whether there was any.
 * An engine that speaks nonsense is killed, which is no error. */
LAB_CHECKED lab_status lab_job_listen(lab_job *job, lab_ledger *ledger, bool *more, lab_error *err);
/* Reads what has arrived, and forgets it: for an engine that is to end without being blocked. */
void lab_job_ignore(lab_job *job);
/* Lets the engine begin, once its pid is on disk. Again: nothing happens. */
void lab_job_release(lab_job *job);
/* SIGTERM: a checkpoint, and the end, in the state as (which is static); only the first counts. */
void lab_job_stop(lab_job *job, const char *as, const char *why);
void lab_job_kill(lab_job *job);
/* Fills in ended_s, wait_status and usage where the process has ended. */
void lab_job_reap(lab_job *job);

/* The state of an ended job, as in the ledger. */
const char *lab_job_state(const lab_job *job);
bool lab_job_full(const lab_job *job); /* it found no room to write: neither would others */
/* Share of its steps that are behind it; 0 where they are not known. */
double lab_job_share(const lab_job *job);
/* Why, in one sentence; tail is what lab_job_tail gave. */
void lab_job_reason(const lab_job *job, const char *tail, lab_text *reason);
/* The last lines that this attempt wrote to its log. */
void lab_job_tail(const lab_job *job, const char *log, lab_text *tail);
#endif
