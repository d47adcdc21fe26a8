/* fetch/show.h - how a fetch goes, for people and for programs. */
#ifndef VT_FETCH_SHOW_H
#define VT_FETCH_SHOW_H
#include "fetch/fetch.h"
#include "fetch/known.h"

typedef struct {
    double shown_s; /* elapsed when the last line was shown */
} vt_show;

/* On standard error: on a terminal one line that is written over, ten times a second; else a line
 * every five seconds. Rates are those since the start of the process. */
void vt_show_progress(vt_show *show, const vt_fetch_progress *progress);
void vt_show_file(vt_show *show, const vt_known_progress *progress); /* the same of one file */
void vt_show_end(void);                                              /* clears that line */
/* On standard output: a table of states, or one JSON object. */
void vt_show_summary(const char *folder, const vt_fetch_progress *report, int json);

#endif
