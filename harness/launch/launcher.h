/* launch/launcher.h - what the files of the launcher share: launch.c does, tell.c says. */
#ifndef LAB_LAUNCHER_H
#define LAB_LAUNCHER_H
#include "launch/board.h"
#include "launch/estimate.h"
#include "launch/job.h"
#include "launch/launch.h"
#include "launch/schedule.h"

struct pollfd;

typedef struct {
    const lab_launch *plan;
    lab_outcome *out;
    lab_board board;
    lab_schedule schedule; /* which cells are open, and what is left of them */
    lab_estimates costs;
    int64_t *reached; /* step of a cell's newest checkpoint when it was looked at; owned */
    bool *elsewhere;  /* another launcher works on the cell, or did when it was looked at; owned */
    lab_watch watch;  /* launchers of other machines */
    lab_job *jobs;
    int places;            /* jobs, free ones too */
    struct pollfd *polled; /* one for each job, and one for the signals */
    bool varying[LAB_KEY_COUNT];
    int64_t sweep_id; /* 0: a single run */
    int signals, interrupts;
    int signal;    /* the first that asked to stop, 0: none */
    bool look;     /* something changed: look for cells to start */
    bool surveyed; /* every cell has been looked at */
    bool waiting;  /* another process holds the ledger */
    double heartbeat_s, watch_s, refreshed_s, started_s;
} lab_launcher;

/* Learns what the open cells cost, from the engine and from the ledger; where the engine cannot
 * say, they have no known length. */
void lab_launcher_plan(lab_launcher *l);
/* Looks at what runs, and gives the open cells their lengths anew, now and then. */
void lab_launcher_refresh(lab_launcher *l);
/* What runs, into out of l->places; returns how many. */
int lab_launcher_busy(const lab_launcher *l, lab_running *out);

int lab_launcher_running(const lab_launcher *l);
int lab_launcher_settled(const lab_launcher *l);
/* Share of the whole run that is left of an open or running cell's attempt. */
double lab_launcher_share_left(const lab_launcher *l, isize cell);
/* Seconds that a running job still takes, and that all that is open does; NaN where nothing tells.
 */
double lab_launcher_left(const lab_launcher *l, const lab_job *job);
double lab_launcher_sweep_left(const lab_launcher *l);

/* Starts what may start now, the longest first; what needs no process is settled. The first call
 * looks at every cell and starts none. */
LAB_CHECKED lab_status lab_launcher_start(lab_launcher *l, lab_error *err);
bool lab_launcher_may_start(const lab_launcher *l);
/* The cell is over with, for this launcher; counts it. */
void lab_launcher_settle(lab_launcher *l, isize cell, int *counter);
/* Tells the ledger the pid of an engine, now or, where it is busy, in a later round. */
LAB_CHECKED lab_status lab_launcher_note_pid(lab_launcher *l, lab_job *job, lab_error *err);

/* Reads the signals that have come, and stops the runs where one asks for it. */
void lab_launcher_take_signals(lab_launcher *l);

/* A line about a cell that stays: "[3/12] done  0fa3... pretrain  model.width=64  more". */
void lab_tell(lab_launcher *l, isize cell, const char *word, const char *more);
void lab_tell_begun(lab_launcher *l, lab_job *job);
void lab_tell_failure(lab_launcher *l, const char *log, const char *reason, const char *tail);
/* A bar for each running job, and the sweep's own line. */
void lab_tell_progress(lab_launcher *l);
#endif
