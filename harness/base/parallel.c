#include "base/parallel.h"
#include "base/heap.h"
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

typedef struct {
    atomic_ptrdiff_t next; /* the first index that nobody has taken */
    isize count;
    lab_turn *turn;
    void *context;
} loop;

typedef struct {
    loop *loop;
    int number;
    pthread_t thread;
} worker;

static void *work(void *of)
{
    worker *self = of;
    loop *all = self->loop;
    for (isize i; (i = atomic_fetch_add(&all->next, 1)) < all->count;)
        all->turn(all->context, i, self->number);
    return NULL;
}

int lab_parallel_workers(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0) return 1;
    int count = CPU_COUNT(&set);
    return count < 1 ? 1 : count;
}

void lab_parallel_for(int workers, isize count, lab_turn *turn, void *context)
{
    loop turns = {.count = count, .turn = turn, .context = context};
    if (workers > count) workers = (int)count;
    if (workers < 1) workers = 1;
    worker *all = lab_heap_take(workers * (isize)sizeof *all);
    int started = 1;
    for (int i = 0; i < workers; i++) all[i] = (worker){.loop = &turns, .number = i};
    while (started < workers &&
           pthread_create(&all[started].thread, NULL, work, &all[started]) == 0)
        started++;
    work(&all[0]);
    for (int i = 1; i < started; i++) pthread_join(all[i].thread, NULL);
    lab_heap_free(all);
}
