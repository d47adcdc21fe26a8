/* launch/spool_internal.h - what the files of a spool's launcher share. */
#ifndef LAB_SPOOL_INTERNAL_H
#define LAB_SPOOL_INTERNAL_H
#include "base/index.h"
#include "launch/replay.h"
#include "launch/spool.h"

/* A run, and its newest attempt that this launcher knows. */
typedef struct {
    char hash[65];
    lab_replay replay; /* ordinal 0: none yet */
    int fd;            /* of its file, where this process writes it; else -1 */
    int64_t written;   /* bytes of whole lines, where it does */
    bool there;        /* its folder has been seen */
} lab_spool_run;

typedef struct {
    char *folder;        /* owned */
    lab_spool_run *runs; /* owned */
    isize count, capacity;
    lab_index by_hash, by_attempt; /* runs */
    double refreshed_s;            /* monotonic; 0: at once */
} lab_spool;

lab_spool_run *lab_spool_find(const lab_spool *spool, const char *hash); /* NULL: not there */
/* Of the run's newest attempt that this launcher knows; spool may be NULL, as the answer. */
lab_spool_run *lab_spool_of_attempt(const lab_spool *spool, int64_t attempt_id);
/* Says that the run has a new one. */
void lab_spool_note_attempt(lab_spool *spool, const lab_spool_run *run);
/* SPOOL/RUN/<ordinal>.<kind>, kind events or orphaned; owned by the caller. */
char *lab_spool_path(const lab_spool *spool, const char *hash, int64_t ordinal, const char *kind);
/* Says that the run's newest attempt is dead. */
LAB_CHECKED lab_status lab_spool_mark(const lab_spool *spool, lab_spool_run *run, lab_error *err);
/* Brings a folder's entries to disk, as far as its filesystem can. */
void lab_spool_sync_folder(const char *path_in_it);
#endif
