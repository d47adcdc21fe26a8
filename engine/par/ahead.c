#include "par/ahead.h"
#include "base/heap.h"
#include <stdatomic.h>

struct vt_ahead {
    vt_pool *pool,
        *own;      /* own: NULL without threads; its worker 0 is whoever starts it, who goes */
    vt_turn *turn; /* NULL: nothing is under way */
    void *context;
    isize count;
    atomic_ptrdiff_t next;
    int threads;
};

static void take(vt_ahead *a, int worker)
{
    for (isize i = atomic_fetch_add(&a->next, 1); i < a->count; i = atomic_fetch_add(&a->next, 1))
        a->turn(a->context, i, worker);
}

static void take_in_pool(void *context, isize index, int worker)
{
    (void)index;
    take(context, worker);
}

static void take_of_own(void *context, isize index, int worker)
{
    (void)index;
    vt_ahead *a = context;
    take(a, vt_pool_workers(a->pool) + worker - 1);
}

vt_status vt_ahead_open(vt_ahead **out, vt_pool *pool, int threads, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_ahead), err);
    if (status != VT_OK) return status;
    vt_ahead *a = block;
    a->pool = pool;
    a->threads = threads;
    if (threads > 0) status = vt_pool_open(&a->own, threads + 1, err);
    if (status == VT_OK)
        *out = a;
    else
        vt_ahead_close(&a);
    return status;
}

int vt_ahead_workers(const vt_ahead *a)
{
    return vt_pool_workers(a->pool) + a->threads;
}

void vt_ahead_start(vt_ahead *a, isize count, vt_turn *turn, void *context)
{
    VT_ASSERT(!a->turn);
    a->turn = turn;
    a->context = context;
    a->count = count;
    atomic_store(&a->next, 0);
    if (a->own) vt_pool_start(a->own, a->threads, take_of_own, a);
}

void vt_ahead_finish(vt_ahead *a)
{
    if (!a->turn) return;
    if (atomic_load(&a->next) < a->count)
        vt_pool_for(a->pool, vt_pool_workers(a->pool), take_in_pool, a);
    if (a->own) vt_pool_wait(a->own);
    a->turn = NULL;
}

void vt_ahead_close(vt_ahead **ahead)
{
    vt_ahead *a = *ahead;
    if (!a) return;
    vt_ahead_finish(a);
    vt_pool_close(&a->own);
    void *block = a;
    vt_heap_free(&block);
    *ahead = NULL;
}
