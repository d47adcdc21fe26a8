#include "par/turns.h"
#include "base/heap.h"
#include "par/spin.h"
#include <pthread.h>
#include <stdatomic.h>

enum { CACHE_LINE = 64 };

struct gate {
    _Alignas(CACHE_LINE) atomic_ptrdiff_t passed; /* shards that have */
};

struct vt_turns {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    atomic_int sleepers; /* workers that wait for `opened`, or are about to */
    isize count;
    struct gate gate[];
};

vt_status vt_turns_open(vt_turns **out, isize gates, vt_error *err)
{
    void *block = NULL;
    *out = NULL;
    isize bytes = (isize)(sizeof(vt_turns) + (size_t)gates * sizeof(struct gate));
    vt_status status = vt_heap_alloc(&block, bytes, err);
    if (status != VT_OK) return status;
    vt_turns *turns = block;
    (void)pthread_mutex_init(&turns->lock, NULL);
    (void)pthread_cond_init(&turns->opened, NULL);
    turns->count = gates;
    *out = turns;
    return VT_OK;
}

void vt_turns_reset(vt_turns *turns)
{
    for (isize g = 0; g < turns->count; g++) atomic_store(&turns->gate[g].passed, 0);
}

static int open_for(struct gate *gate, isize turn)
{
    return atomic_load(&gate->passed) >= turn;
}

void vt_turns_wait(vt_turns *turns, isize gate, isize turn)
{
    struct gate *at = &turns->gate[gate];
    for (int i = 0; i < VT_LOOKS; i++) {
        if (open_for(at, turn)) return;
        vt_breathe();
    }
    (void)pthread_mutex_lock(&turns->lock);
    (void)atomic_fetch_add(&turns->sleepers, 1);
    while (!open_for(at, turn)) (void)pthread_cond_wait(&turns->opened, &turns->lock);
    (void)atomic_fetch_sub(&turns->sleepers, 1);
    (void)pthread_mutex_unlock(&turns->lock);
}

/* A sleeper counts itself before it looks at the gate, and the gate opens before the sleepers are
 * counted: one of the two sees the other. */
void vt_turns_pass(vt_turns *turns, isize gate)
{
    (void)atomic_fetch_add(&turns->gate[gate].passed, 1);
    if (atomic_load(&turns->sleepers) == 0) return;
    (void)pthread_mutex_lock(&turns->lock);
    (void)pthread_cond_broadcast(&turns->opened);
    (void)pthread_mutex_unlock(&turns->lock);
}

void vt_turns_close(vt_turns **turns)
{
    vt_turns *t = *turns;
    if (!t) return;
    (void)pthread_cond_destroy(&t->opened);
    (void)pthread_mutex_destroy(&t->lock);
    void *block = t;
    vt_heap_free(&block);
    *turns = NULL;
}
