/* launch/record.h - what the launcher writes into the ledger, and what it reads back to decide. */
#ifndef LAB_RECORD_H
#define LAB_RECORD_H
#include "launch/event.h"
#include "launch/watch.h"
#include "ledger/ledger.h"
#include "sweep/sweep.h"

/* Notes the cells of a sweep, and the sweep itself where it is one, in one transaction. Doing it
 * again changes nothing. */
LAB_CHECKED lab_status lab_record_sweep(lab_ledger *ledger, const lab_sweep *sweep, lab_error *err);
/* Queues an attempt of a recorded cell, where none is open. */
LAB_CHECKED lab_status lab_record_queue(lab_ledger *ledger, const lab_cell *cell, int64_t cell_id,
                                        lab_error *err);
/* The row of a recorded sweep, and how many cells earlier texts of its file had that it has not;
 * both 0 for a single run. */
LAB_CHECKED lab_status lab_record_find(lab_ledger *ledger, const lab_sweep *sweep,
                                       int64_t *sweep_id, int64_t *vanished, lab_error *err);

/* Marks attempts as orphaned whose launcher and engine are gone: on this host and boot the
 * processes themselves are looked for (pid and start time); those of an earlier boot are gone;
 * those of another host are when watch, which the caller keeps from call to call, has seen no
 * heartbeat for two minutes (NULL: they are left alone). An engine that holds the lock of the run's
 * folder is not gone, whatever its launcher could write down. Takes the write lock only where there
 * is one to mark. */
LAB_CHECKED lab_status lab_record_reap(lab_ledger *ledger, lab_watch *watch, int *reaped,
                                       lab_error *err);
/* The first attempt behind after that lab_record_reap would mark (with a watch of NULL): its id, or
 * 0. Writes nothing. */
LAB_CHECKED lab_status lab_record_stale(lab_ledger *ledger, int64_t after, int64_t *attempt_id,
                                        lab_error *err);
/* Marks that one. */
LAB_CHECKED lab_status lab_record_orphan(lab_ledger *ledger, int64_t attempt_id, lab_error *err);

typedef struct {
    bool known; /* the ledger has the cell */
    bool open;  /* state is claimed or running */
    bool alive; /* and so is the process, as far as can be told */
    int64_t cell_id;
    int64_t attempt_id;             /* of the newest, 0: none */
    int64_t attempts;               /* that a launcher has taken */
    int64_t step;                   /* of the newest checkpoint, -1: none */
    int exit_code, signal;          /* of the newest attempt; -1: none */
    char state[16];                 /* as in the view runs */
    char checkpoint[65], input[65]; /* hashes, or "" */
    char host[256];
    char reason[400];
} lab_cell_state;
LAB_CHECKED lab_status lab_record_state(lab_ledger *ledger, const char *hash, lab_cell_state *out,
                                        lab_error *err);

/* Which ended cells are tried again. */
enum {
    LAB_RETRY_FAILED = 1,
    LAB_RETRY_DIVERGED = 2,
    LAB_RETRY_KILLED = 4,
    LAB_RETRY_PRUNED = 8,
    LAB_RETRY_ALL = 15
};

typedef enum {
    LAB_DO_RUN,    /* from the beginning */
    LAB_DO_RESUME, /* from its checkpoint, or from the beginning where it wrote none */
    LAB_DO_REDO,   /* a probe whose trunk has been replaced */
    LAB_DO_WAIT,   /* for its parent */
    LAB_DO_WATCH,  /* another launcher works on it */
    LAB_SKIP_DONE,
    LAB_SKIP_FAILED, /* failed, diverged or killed, and retrying it was not asked for */
    LAB_SKIP_PRUNED, /* it or its parent was, and retrying it was not asked for */
    LAB_SKIP_BLOCKED /* its parent cannot be done */
} lab_action;
/* parent is NULL for cells without one; parent_action is what is done about it. */
lab_action lab_record_decide(const lab_cell_state *cell, const lab_cell_state *parent,
                             lab_action parent_action, int retry);

/* Claims a cell for this process in one transaction, in which everything is looked at again:
 * *attempt_id is 0 where another launcher was faster. input is the hash of the checkpoint that
 * a probe is to read, or "". */
LAB_CHECKED lab_status lab_record_claim(lab_ledger *ledger, const lab_cell *cell, const char *input,
                                        int retry, int64_t *attempt_id, lab_error *err);
LAB_CHECKED lab_status lab_record_started(lab_ledger *ledger, int64_t attempt_id, int64_t pid,
                                          lab_error *err);
/* The launcher lives, and the engine has come to that step. */
LAB_CHECKED lab_status lab_record_heartbeat(lab_ledger *ledger, int64_t attempt_id, int64_t step,
                                            lab_error *err);
LAB_CHECKED lab_status lab_record_event(lab_ledger *ledger, int64_t cell_id, int64_t attempt_id,
                                        const lab_event *event, lab_error *err);
/* The same of an attempt that does not decide what its cell's values are: fills gaps alone. */
LAB_CHECKED lab_status lab_record_gap(lab_ledger *ledger, int64_t cell_id, int64_t attempt_id,
                                      const lab_event *event, lab_error *err);
/* Binds each of the statement's parameters: the cell, the attempt and the time by their names,
 * every other from the event's field of that name. */
void lab_record_bind(lab_query *query, int64_t cell_id, int64_t attempt_id, const lab_event *event);

typedef struct {
    const char *state, *reason; /* reason may be NULL */
    int exit_code, signal;      /* -1: none */
    double wall_s, cpu_s;
    int64_t rss_peak; /* bytes; 0: what was heard last */
    int64_t at;       /* unix microseconds; 0: now */
} lab_ending;
bool lab_record_is_ending(const char *state); /* that an attempt may end in */
LAB_CHECKED lab_status lab_record_end(lab_ledger *ledger, int64_t attempt_id,
                                      const lab_ending *ending, lab_error *err);
/* Sums up the curves of the attempt's cell: for one that has ended, in the same transaction. */
LAB_CHECKED lab_status lab_record_summary(lab_ledger *ledger, int64_t attempt_id, lab_error *err);

/* The run's folder below the ledger's: the first 12 digits of the hash. */
typedef struct {
    char text[13];
} lab_run_name;
lab_run_name lab_run_of(const char *hash);
#endif
