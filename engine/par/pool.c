#include "par/pool.h"
#include "base/heap.h"
#include "par/spin.h"
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

enum { WORKERS_MAX = 1024 };

struct vt_pool {
    pthread_mutex_t lock;
    pthread_cond_t work, idle;
    /* guarded by lock */
    vt_turn *turn;
    void *context;
    isize next, count; /* next turn, turns of this loop */
    int closing;
    /* changed under lock, looked at without */
    atomic_ptrdiff_t busy;      /* turns under way */
    atomic_uint_least64_t loop; /* number of the loop, so that a worker knows a new one */
    /* fixed after open */
    int workers, threads; /* threads that were started: workers - 1 once open */
    struct member {
        vt_pool *pool;
        pthread_t thread;
        int worker;
    } member[];
};

/* Takes turns until none is left. The lock is held at call and return, not during a turn. */
static void take_turns_locked(vt_pool *pool, int worker)
{
    while (pool->next < pool->count) {
        isize index = pool->next++;
        vt_turn *turn = pool->turn;
        void *context = pool->context;
        pool->busy++;
        (void)pthread_mutex_unlock(&pool->lock);
        turn(context, index, worker);
        (void)pthread_mutex_lock(&pool->lock);
        pool->busy--;
    }
    if (pool->busy == 0) (void)pthread_cond_signal(&pool->idle);
}

/* Looks, without the lock, until a loop other than `seen` begins or it is time to sleep. */
static void look_for_loop(vt_pool *pool, uint64_t seen)
{
    for (int i = 0; i < VT_LOOKS && atomic_load(&pool->loop) == seen; i++) vt_breathe();
}

static void look_for_end(vt_pool *pool)
{
    for (int i = 0; i < VT_LOOKS && atomic_load(&pool->busy) > 0; i++) vt_breathe();
}

static void *member_main(void *argument)
{
    struct member *member = argument;
    vt_pool *pool = member->pool;
    uint64_t seen = 0;
    for (;;) {
        look_for_loop(pool, seen);
        (void)pthread_mutex_lock(&pool->lock);
        while (pool->loop == seen && !pool->closing)
            (void)pthread_cond_wait(&pool->work, &pool->lock);
        if (pool->closing) break;
        seen = pool->loop;
        take_turns_locked(pool, member->worker);
        (void)pthread_mutex_unlock(&pool->lock);
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
    pool->next = 0;
    pool->count = count;
    pool->loop++;
    (void)pthread_cond_broadcast(&pool->work);
    (void)pthread_mutex_unlock(&pool->lock);
}

void vt_pool_wait(vt_pool *pool)
{
    look_for_end(pool);
    (void)pthread_mutex_lock(&pool->lock);
    while (pool->busy > 0 || pool->next < pool->count)
        (void)pthread_cond_wait(&pool->idle, &pool->lock);
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
    (void)pthread_cond_destroy(&p->idle);
    (void)pthread_cond_destroy(&p->work);
    (void)pthread_mutex_destroy(&p->lock);
    void *block = p;
    vt_heap_free(&block);
    *pool = NULL;
}
