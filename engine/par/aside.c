#include "par/aside.h"
#include "base/heap.h"
#include <pthread.h>
#include <stdatomic.h>

struct vt_aside {
    void (*task)(void *context);
    void *context;
    pthread_t thread;
    int joinable; /* 1: the thread was started and not joined */
    atomic_int done;
};

static void *run(void *context)
{
    vt_aside *aside = context;
    aside->task(aside->context);
    atomic_store_explicit(&aside->done, 1, memory_order_release);
    return NULL;
}

vt_status vt_aside_open(vt_aside **out, vt_error *err)
{
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_aside), err);
    *out = block;
    if (status == VT_OK) atomic_init(&(*out)->done, 1);
    return status;
}

void vt_aside_start(vt_aside *aside, void (*task)(void *context), void *context)
{
    VT_ASSERT(!vt_aside_busy(aside));
    aside->task = task;
    aside->context = context;
    atomic_store_explicit(&aside->done, 0, memory_order_relaxed);
    aside->joinable = pthread_create(&aside->thread, NULL, run, aside) == 0;
    if (!aside->joinable) (void)run(aside);
}

static void join(vt_aside *aside)
{
    if (aside->joinable) (void)pthread_join(aside->thread, NULL);
    aside->joinable = 0;
}

int vt_aside_busy(vt_aside *aside)
{
    if (!atomic_load_explicit(&aside->done, memory_order_acquire)) return 1;
    join(aside);
    return 0;
}

void vt_aside_close(vt_aside **aside)
{
    if (!*aside) return;
    join(*aside);
    void *block = *aside;
    vt_heap_free(&block);
    *aside = NULL;
}
