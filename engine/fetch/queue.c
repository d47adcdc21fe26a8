#include "fetch/queue.h"
#include "base/heap.h"
#include "data/buffer.h"
#include <math.h>
#include <string.h>

enum { BUCKETS_FIRST = 256 };

struct vt_host {
    vt_host *chain;          /* in its bucket */
    vt_host *before, *after; /* in the ring of those with a job that may run; NULL: outside */
    vt_job *first, *last;    /* that wait */
    isize under_way, held;   /* held: jobs of it that wait for their time */
    double rest_s;
    uint64_t hash;
    char name[];
};

/* What waits for a time: a job, or a host that rests (job NULL). */
typedef struct {
    double due_s;
    uint64_t number; /* equal times: in the order of putting */
    vt_job *job;
    vt_host *host;
} timer;

struct vt_queue {
    int per_host;
    vt_host **buckets;
    isize buckets_used, hosts;
    vt_host *turn;    /* in the ring; NULL: it is empty */
    vt_buffer timers; /* a binary heap */
    isize timers_used, waiting;
    uint64_t number;
};

/* ---- timers ---- */

static int earlier(const timer *a, const timer *b)
{
    return a->due_s < b->due_s || (a->due_s <= b->due_s && a->number < b->number);
}

static vt_status timer_put(vt_queue *q, timer t, vt_error *err)
{
    vt_status status =
        vt_buffer_reserve(&q->timers, (q->timers_used + 1) * (isize)sizeof(timer), err);
    if (status != VT_OK) return status;
    timer *heap = q->timers.data;
    isize at = q->timers_used++;
    t.number = q->number++;
    for (; at > 0 && earlier(&t, &heap[(at - 1) / 2]); at = (at - 1) / 2)
        heap[at] = heap[(at - 1) / 2];
    heap[at] = t;
    return VT_OK;
}

static timer timer_take(vt_queue *q)
{
    timer *heap = q->timers.data, first = heap[0], last = heap[--q->timers_used];
    isize at = 0;
    for (isize child = 1; child < q->timers_used; child = 2 * at + 1) {
        if (child + 1 < q->timers_used && earlier(&heap[child + 1], &heap[child])) child++;
        if (!earlier(&heap[child], &last)) break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = last;
    return first;
}

/* ---- hosts ---- */

static uint64_t hash_of(const char *name) /* FNV-1a */
{
    uint64_t hash = 0xcbf29ce484222325u;
    for (; *name; name++) hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return hash;
}

static vt_status buckets_grow(vt_queue *q, isize count, vt_error *err)
{
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, count * (isize)sizeof(vt_host *), err);
    if (status != VT_OK) return status;
    vt_host **buckets = block;
    for (isize i = 0; i < q->buckets_used; i++) {
        while (q->buckets[i]) {
            vt_host *host = q->buckets[i];
            q->buckets[i] = host->chain;
            vt_host **bucket = &buckets[host->hash & (uint64_t)(count - 1)];
            host->chain = *bucket;
            *bucket = host;
        }
    }
    block = q->buckets;
    vt_heap_free(&block);
    q->buckets = buckets;
    q->buckets_used = count;
    return VT_OK;
}

static vt_status host_find(vt_host **out, vt_queue *q, const char *name, vt_error *err)
{
    uint64_t hash = hash_of(name);
    vt_host *host = q->buckets[hash & (uint64_t)(q->buckets_used - 1)];
    while (host && strcmp(host->name, name) != 0) host = host->chain;
    *out = host;
    if (host) return VT_OK;
    vt_status status = VT_OK;
    if (q->hosts >= q->buckets_used) status = buckets_grow(q, 2 * q->buckets_used, err);
    void *block = NULL;
    size_t bytes = strlen(name) + 1;
    if (status == VT_OK) status = vt_heap_alloc(&block, (isize)(sizeof(vt_host) + bytes), err);
    if (status != VT_OK) return status;
    host = block;
    memcpy(host->name, name, bytes);
    host->hash = hash;
    vt_host **bucket = &q->buckets[hash & (uint64_t)(q->buckets_used - 1)];
    host->chain = *bucket;
    *bucket = host;
    q->hosts++;
    *out = host;
    return VT_OK;
}

static void ring_leave(vt_queue *q, vt_host *host)
{
    if (!host->after) return;
    if (q->turn == host) q->turn = host->after == host ? NULL : host->after;
    host->before->after = host->after;
    host->after->before = host->before;
    host->before = host->after = NULL;
}

/* Behind all others that are in it. */
static void ring_enter(vt_queue *q, vt_host *host)
{
    vt_host *turn = q->turn ? q->turn : host;
    if (turn == host) host->before = host;
    host->after = turn;
    host->before = turn->before;
    host->before->after = host;
    turn->before = host;
    q->turn = turn;
}

/* Puts the host into the ring or out of it, as its jobs have it. One that nothing knows is gone. */
static void settle(vt_queue *q, vt_host *host)
{
    int runs = host->first && host->under_way < q->per_host && !(host->rest_s > 0);
    if (runs && !host->after) ring_enter(q, host);
    if (!runs) ring_leave(q, host);
    if (host->first || host->under_way > 0 || host->held > 0 || host->rest_s > 0) return;
    vt_host **at = &q->buckets[host->hash & (uint64_t)(q->buckets_used - 1)];
    while (*at != host) at = &(*at)->chain;
    *at = host->chain;
    q->hosts--;
    void *block = host;
    vt_heap_free(&block);
}

static void append(vt_queue *q, vt_host *host, vt_job *job)
{
    job->next = NULL;
    if (host->last)
        host->last->next = job;
    else
        host->first = job;
    host->last = job;
    settle(q, host);
}

/* ---- the queue ---- */

vt_status vt_queue_open(vt_queue **out, int per_host, vt_error *err)
{
    void *block = NULL;
    *out = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_queue), err);
    if (status != VT_OK) return status;
    vt_queue *queue = block;
    queue->per_host = per_host;
    status = buckets_grow(queue, BUCKETS_FIRST, err);
    if (status != VT_OK) vt_queue_close(&queue);
    *out = queue;
    return status;
}

void vt_queue_close(vt_queue **queue)
{
    vt_queue *q = *queue;
    if (!q) return;
    for (isize i = 0; i < q->buckets_used; i++) {
        while (q->buckets[i]) {
            void *block = q->buckets[i];
            q->buckets[i] = q->buckets[i]->chain;
            vt_heap_free(&block);
        }
    }
    void *block = q->buckets;
    vt_heap_free(&block);
    vt_buffer_finish(&q->timers);
    block = q;
    vt_heap_free(&block);
    *queue = NULL;
}

static vt_status hold(vt_queue *q, vt_job *job, double due_s, vt_error *err)
{
    timer t = {.due_s = due_s, .job = job, .host = job->host};
    vt_status status = timer_put(q, t, err);
    if (status == VT_OK) job->host->held++;
    return status;
}

vt_status vt_queue_put(vt_queue *queue, vt_job *job, const char *host, double due_s, vt_error *err)
{
    vt_status status = host_find(&job->host, queue, host, err);
    if (status != VT_OK) return status;
    if (due_s > 0)
        status = hold(queue, job, due_s, err);
    else
        append(queue, job->host, job);
    if (status == VT_OK) queue->waiting++;
    return status;
}

static void wake(vt_queue *q, timer t)
{
    if (t.job) {
        t.host->held--;
        append(q, t.host, t.job);
        return;
    }
    if (t.due_s >= t.host->rest_s) t.host->rest_s = 0; /* else it was asked to rest longer */
    settle(q, t.host);
}

vt_job *vt_queue_next(vt_queue *queue, double now_s)
{
    while (vt_queue_due(queue) <= now_s) wake(queue, timer_take(queue));
    vt_host *host = queue->turn;
    if (!host) return NULL;
    vt_job *job = host->first;
    host->first = job->next;
    if (!host->first) host->last = NULL;
    host->under_way++;
    queue->turn = host->after;
    queue->waiting--;
    settle(queue, host);
    return job;
}

void vt_queue_done(vt_queue *queue, vt_job *job)
{
    vt_host *host = job->host;
    job->host = NULL;
    host->under_way--;
    settle(queue, host);
}

vt_status vt_queue_again(vt_queue *queue, vt_job *job, double due_s, double rest_s, vt_error *err)
{
    vt_host *host = job->host;
    vt_status status = hold(queue, job, due_s, err);
    if (status == VT_OK && rest_s > host->rest_s) {
        timer t = {.due_s = rest_s, .host = host};
        status = timer_put(queue, t, err);
        if (status == VT_OK) host->rest_s = rest_s;
    }
    if (status != VT_OK) return status;
    queue->waiting++;
    host->under_way--;
    settle(queue, host);
    return VT_OK;
}

double vt_queue_due(const vt_queue *queue)
{
    const timer *heap = queue->timers.data;
    return queue->timers_used > 0 ? heap[0].due_s : (double)INFINITY;
}

isize vt_queue_waiting(const vt_queue *queue)
{
    return queue->waiting;
}
