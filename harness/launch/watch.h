/* launch/watch.h - whether the launcher of an attempt on another machine still lives.
 *
 * Its processes cannot be seen from here, and its clock may be wrong, so only what changes counts:
 * an attempt whose heartbeats have stood still for two minutes of our own clock, while we looked,
 * is gone. A program that looks once can therefore not tell.
 */
#ifndef LAB_WATCH_H
#define LAB_WATCH_H
#include "base/base.h"

typedef struct {
    int64_t attempt_id, beats;
    double seen_s; /* when beats was seen first; seconds of a clock that only goes forward */
} lab_watched;

/* Zeroed is empty. */
typedef struct {
    lab_watched *seen; /* owned */
    isize count, capacity;
} lab_watch;

/* Notes how many heartbeats an attempt has had by now_s, and tells whether it has been silent for
 * too long. */
bool lab_watch_silent(lab_watch *watch, int64_t attempt_id, int64_t beats, double now_s);
void lab_watch_finish(lab_watch *watch);
#endif
