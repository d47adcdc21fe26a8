/* train/session.h - what every command of the engine opens first: config, data, workers, events. */
#ifndef VT_SESSION_H
#define VT_SESSION_H
#include "config/config.h"
#include "par/pool.h"
#include "train/event.h"
#include "train/feed.h"

typedef struct {
    const char *config; /* path of the resolved config */
    const char *data;   /* folder of data sets */
    const char *out;    /* folder of the run; made where it is missing */
    const char *trunk;  /* probe: checkpoint to read, or NULL */
    int workers;
    int readers;    /* threads that read images ahead, beside the workers */
    double seconds; /* calibrate, profile: how long to measure */
    int silent;     /* 1: no events; standard output is for a table */
    int json;       /* 1: that table as JSON */
} vt_request;

typedef struct {
    vt_request request;
    vt_config config;
    vt_dataset *dataset;
    vt_pool *pool;
    vt_sink sink;
    int lock;             /* descriptor of the folder's lock, -1: no folder */
    double opened_at;     /* wall clock */
    double progressed_at; /* of the last progress line */
    int64_t progress_step;
    double step_s, stall_s, read_s; /* what the next feed line tells; step_s 0: none is due */
} vt_session;

/* Reads the config, opens the data set and compares its hash with data.sha256, makes the folder
 * and keeps the config there, starts the workers, and says hello. One engine works in a folder at
 * a time: it holds a lock on the file lock in it (flock), and another one is refused. */
VT_CHECKED vt_status vt_session_open(vt_session *out, const vt_request *request, vt_error *err);
void vt_session_close(vt_session *session);

/* 1 once SIGINT or SIGTERM came, or the events cannot be written. */
int vt_session_stopping(const vt_session *session);
/* About once a second: a progress line. images: of one step. */
void vt_session_progress(vt_session *session, int64_t step, int64_t steps, int64_t images);
void vt_session_usage(vt_session *session, int64_t step);
/* The last line. Returns the exit status that goes with state: done, diverged or stopped; where
 * the events could not be written the run has not told its results, and no state is done. */
int vt_session_end(vt_session *session, const char *state, int64_t step, const char *reason);

/* SIGINT and SIGTERM ask to stop; a dead pipe is an error of write, not a signal. */
void vt_session_catch_signals(void);
#endif
