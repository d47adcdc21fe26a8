/* fetch/fetch.h - a list becomes a folder of images (README.md).
 *
 * The list is read once before anything is asked for, so that its errors come first, and once more
 * while downloads go on; a few parts are open at a time. What is transient is tried again, later
 * and later; a host that says when to come back is left alone until then. Whatever order downloads
 * end in, a part is the same bytes.
 */
#ifndef VT_FETCH_FETCH_H
#define VT_FETCH_FETCH_H
#include "fetch/finished.h"
#include "fetch/list.h"
#include "fetch/net.h"
#include <signal.h>

typedef struct {
    isize rows, parts, parts_done;
    vt_tally tally;    /* of all rows that have a state */
    isize rows_now;    /* that got their state from this process */
    isize attempts;    /* downloads that it made */
    int64_t bytes_now; /* of bodies that it received */
    isize under_way;   /* downloads */
    double elapsed_s;
} vt_fetch_progress;

/* Text is borrowed for the call. */
typedef struct {
    vt_list_options list;
    const char *folder;
    isize samples; /* rows of a part */
    vt_net_options net;
    int per_host;              /* downloads at once */
    int retries;               /* after the first time */
    double backoff_s;          /* before the first of them, twice that before the second, ... */
    int again[VT_STATE_COUNT]; /* 1: rows of finished parts that ended so are tried again */
    void (*progress)(void *context, const vt_fetch_progress *progress); /* often; or NULL */
    void *context;
    const volatile sig_atomic_t *stop; /* not 0: end soon; or NULL */
} vt_fetch_options;

/* The report is filled as far as it came, also on failure. VT_ERR_CONFIG, VT_ERR_FORMAT: the list
 * or the folder is not as it should be. VT_ERR_FULL: no room to write. VT_ERR_CANCELLED: stop was
 * set. In each case the same call goes on where this one ended. */
VT_CHECKED vt_status vt_fetch(const vt_fetch_options *options, vt_fetch_progress *report,
                              vt_error *err);
#endif
