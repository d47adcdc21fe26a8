#include "par/pool.h"
#include "base/heap.h"
#include "par/spin.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { WORKERS_MAX = 1024, CACHE_LINE = 64 };

/* Slices of one turn's work, on the stack of whoever offers them. An offer leaves the list with its
 * last slice taken, and its owner leaves with all of them done. */
typedef struct offer {
    vt_slice *slice;
    void *context;
    isize count;
    /* guarded by the pool's lock */
    isize next;
    struct offer *below;   /* offered before */
    atomic_ptrdiff_t done; /* looked at without it, too */
} offer;

struct vt_pool {
    pthread_mutex_t lock;
    pthread_cond_t work, idle, sliced; /* for members; for who waits for a loop; for owners */
    /* guarded by lock */
    vt_turn *turn; /* NULL: no loop is under way */
    void *context;
    isize count; /* turns of this loop */
    int closing;
    offer *offers; /* with slices that nobody took */
    /* changed under lock, looked at without */
    atomic_int inside;          /* workers that take turns of this loop */
    atomic_uint_least64_t loop; /* number of the loop, so that a worker knows a new one */
    atomic_int offered;         /* offers with slices that nobody took */
    atomic_int free;            /* workers that neither take turns nor do a slice */
    /* changed without lock, often */
    _Alignas(CACHE_LINE) atomic_ptrdiff_t next; /* next turn; `count` and above: none is left */
    /* fixed after open */
    int workers, threads; /* threads that were started: workers - 1 once open */
    struct member {
        vt_pool *pool;
        pthread_t thread;
        int worker;
    } member[];
};

/* Takes turns until none is left. The lock is held at call and return, not during a turn. Between
 * loops turn is NULL: who wakes late must not claim a turn of the next loop by what it knows of the
 * last. */
static void take_turns_locked(vt_pool *pool, int worker)
{
    vt_turn *turn = pool->turn;
    void *context = pool->context;
    isize count = pool->count;
    if (!turn) return;
    pool->inside++;
    (void)pthread_mutex_unlock(&pool->lock);
    for (isize i = atomic_fetch_add(&pool->next, 1); i < count;
         i = atomic_fetch_add(&pool->next, 1))
        turn(context, i, worker);
    (void)pthread_mutex_lock(&pool->lock);
    pool->inside--;
    if (pool->inside == 0) (void)pthread_cond_signal(&pool->idle);
}

/* Does a slice of this offer. The lock is held at call and return, not meanwhile. */
static void do_slice_locked(vt_pool *pool, offer *from)
{
    isize index = from->next++;
    if (from->next == from->count) {
        offer **at = &pool->offers;
        while (*at != from) at = &(*at)->below;
        *at = from->below;
        pool->offered--;
    }
    (void)pthread_mutex_unlock(&pool->lock);
    from->slice(from->context, index);
    (void)pthread_mutex_lock(&pool->lock);
    from->done++;
    if (from->done == from->count) (void)pthread_cond_broadcast(&pool->sliced);
}

/* A free worker does a slice; there is an offer. The lock is held at call and return. */
static void help_locked(vt_pool *pool)
{
    pool->free--;
    do_slice_locked(pool, pool->offers);
    pool->free++;
}

void vt_pool_share(vt_pool *pool, isize count, vt_slice *slice, void *context)
{
    if (!pool || count <= 1 || atomic_load(&pool->free) == 0) {
        for (isize i = 0; i < count; i++) slice(context, i);
        return;
    }
    offer own = {.slice = slice, .context = context, .count = count};
    (void)pthread_mutex_lock(&pool->lock);
    own.below = pool->offers;
    pool->offers = &own;
    pool->offered++;
    for (isize i = 1; i < count; i++) (void)pthread_cond_signal(&pool->work);
    (void)pthread_cond_signal(&pool->idle);
    while (own.next < own.count) do_slice_locked(pool, &own);
    (void)pthread_mutex_unlock(&pool->lock);
    for (int i = 0; i < VT_LOOKS && atomic_load(&own.done) < count; i++) vt_breathe();
    (void)pthread_mutex_lock(&pool->lock);
    while (own.done < count) (void)pthread_cond_wait(&pool->sliced, &pool->lock);
    (void)pthread_mutex_unlock(&pool->lock);
}

/* Looks, without the lock, until there is something to do or it is time to sleep. */
static void look_for_work(vt_pool *pool, uint64_t seen)
{
    for (int i = 0; i < VT_LOOKS; i++) {
        if (atomic_load(&pool->loop) != seen || atomic_load(&pool->offered) > 0) return;
        vt_breathe();
    }
}

static void *member_main(void *argument)
{
    struct member *member = argument;
    vt_pool *pool = member->pool;
    uint64_t seen = 0;
    (void)pthread_mutex_lock(&pool->lock);
    pool->free++;
    while (!pool->closing) {
        if (pool->loop != seen) {
            seen = pool->loop;
            pool->free--;
            take_turns_locked(pool, member->worker);
            pool->free++;
        } else if (pool->offers) {
            help_locked(pool);
        } else {
            (void)pthread_mutex_unlock(&pool->lock);
            look_for_work(pool, seen);
            (void)pthread_mutex_lock(&pool->lock);
            while (pool->loop == seen && !pool->closing && !pool->offers)
                (void)pthread_cond_wait(&pool->work, &pool->lock);
        }
    }
    (void)pthread_mutex_unlock(&pool->lock);
    return NULL;
}

vt_status vt_pool_open(vt_pool **out, int workers, vt_error *err)
{
    *out = NULL;
    if (workers < 1 || workers > WORKERS_MAX)
        return vt_fail(err, VT_ERR_CONFIG, "workers: %d is not in 1..%d", workers, WORKERS_MAX);
    void *block = NULL;
    isize bytes = (isize)(sizeof(vt_pool) + (size_t)workers * sizeof(struct member));
    vt_status status = vt_heap_alloc(&block, bytes, err);
    if (status != VT_OK) return status;
    vt_pool *pool = block;
    (void)pthread_mutex_init(&pool->lock, NULL);
    (void)pthread_cond_init(&pool->work, NULL);
    (void)pthread_cond_init(&pool->idle, NULL);
    (void)pthread_cond_init(&pool->sliced, NULL);
    pool->workers = workers;
    for (int worker = 1; worker < workers; worker++) {
        struct member *member = &pool->member[worker];
        *member = (struct member){.pool = pool, .worker = worker};
        int error = pthread_create(&member->thread, NULL, member_main, member);
        if (error) {
            status = vt_fail(err, VT_ERR_MEMORY, "cannot start worker %d of %d: %s", worker,
                             workers, strerror(error));
            break;
        }
        pool->threads++;
    }
    if (status == VT_OK)
        *out = pool;
    else
        vt_pool_close(&pool);
    return status;
}

int vt_pool_workers(const vt_pool *pool)
{
    return pool ? pool->workers : 1;
}

void vt_pool_start(vt_pool *pool, isize count, vt_turn *turn, void *context)
{
    VT_ASSERT(pool->workers > 1);
    (void)pthread_mutex_lock(&pool->lock);
    pool->turn = turn;
    pool->context = context;
    pool->count = count;
    atomic_store(&pool->next, 0);
    pool->loop++;
    (void)pthread_cond_broadcast(&pool->work);
    (void)pthread_mutex_unlock(&pool->lock);
}

static int over(vt_pool *pool, isize count)
{
    return atomic_load(&pool->inside) == 0 && atomic_load(&pool->next) >= count;
}

static void look_for_end(vt_pool *pool, isize count)
{
    for (int i = 0; i < VT_LOOKS; i++) {
        if (over(pool, count) || atomic_load(&pool->offered) > 0) return;
        vt_breathe();
    }
}

/* Who waits helps those who still have a turn. */
void vt_pool_wait(vt_pool *pool)
{
    (void)pthread_mutex_lock(&pool->lock);
    isize count = pool->count;
    pool->free++;
    while (!over(pool, count)) {
        if (pool->offers) {
            help_locked(pool);
            continue;
        }
        (void)pthread_mutex_unlock(&pool->lock);
        look_for_end(pool, count);
        (void)pthread_mutex_lock(&pool->lock);
        if (!over(pool, count) && !pool->offers) (void)pthread_cond_wait(&pool->idle, &pool->lock);
    }
    pool->free--;
    pool->turn = NULL;
    (void)pthread_mutex_unlock(&pool->lock);
}

void vt_pool_for(vt_pool *pool, isize count, vt_turn *turn, void *context)
{
    if (!pool || pool->workers == 1 || count <= 1) {
        for (isize i = 0; i < count; i++) turn(context, i, 0);
        return;
    }
    vt_pool_start(pool, count, turn, context);
    (void)pthread_mutex_lock(&pool->lock);
    take_turns_locked(pool, 0);
    (void)pthread_mutex_unlock(&pool->lock);
    vt_pool_wait(pool);
}

void vt_pool_close(vt_pool **pool)
{
    vt_pool *p = *pool;
    if (!p) return;
    (void)pthread_mutex_lock(&p->lock);
    p->closing = 1;
    (void)pthread_cond_broadcast(&p->work);
    (void)pthread_mutex_unlock(&p->lock);
    for (int i = 1; i <= p->threads; i++) (void)pthread_join(p->member[i].thread, NULL);
    (void)pthread_cond_destroy(&p->sliced);
    (void)pthread_cond_destroy(&p->idle);
    (void)pthread_cond_destroy(&p->work);
    (void)pthread_mutex_destroy(&p->lock);
    void *block = p;
    vt_heap_free(&block);
    *pool = NULL;
}
