/* fetch/queue.h - whose turn it is: jobs wait for their host, hosts take turns.
 *
 * A host has at most per_host jobs under way, and none while it asked to be left alone; jobs of one
 * host keep the order in which they were put. Times are seconds on any clock that only goes on.
 */
#ifndef VT_FETCH_QUEUE_H
#define VT_FETCH_QUEUE_H
#include "base/error.h"

typedef struct vt_host vt_host;

/* First member of whatever waits. */
typedef struct vt_job vt_job;
struct vt_job {
    vt_job *next;  /* the queue's, as all here */
    vt_host *host; /* from put to done */
};

typedef struct vt_queue vt_queue;
VT_CHECKED vt_status vt_queue_open(vt_queue **out, int per_host, vt_error *err);
void vt_queue_close(vt_queue **queue); /* sets NULL; NULL is fine. Jobs are the caller's */

/* The job waits until due_s, then for its host. VT_ERR_MEMORY. */
VT_CHECKED vt_status vt_queue_put(vt_queue *queue, vt_job *job, const char *host, double due_s,
                                  vt_error *err);
/* The next job that may run now; it is under way from here on. NULL: none. */
vt_job *vt_queue_next(vt_queue *queue, double now_s);
/* A job that is under way is over. */
void vt_queue_done(vt_queue *queue, vt_job *job);
/* A job that is under way waits again, until due_s. rest_s: until when its host is to be left alone
 * (0: it is not). VT_ERR_MEMORY. */
VT_CHECKED vt_status vt_queue_again(vt_queue *queue, vt_job *job, double due_s, double rest_s,
                                    vt_error *err);
/* When the next job may run that may not yet, for what time alone decides; INFINITY: never. */
double vt_queue_due(const vt_queue *queue);
isize vt_queue_waiting(const vt_queue *queue); /* jobs put and not given */
#endif
