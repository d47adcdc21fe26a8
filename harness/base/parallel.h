/* base/parallel.h - a loop whose turns do not know of each other, spread over threads.
 *
 *     lab_parallel_for(workers, count, turn, context);
 *
 * does what this does, with the turns in any order, and returns when all have:
 *
 *     for (isize i = 0; i < count; i++) turn(context, i, worker);    0 <= worker < workers
 *
 * What a turn writes belongs to its index, so that results do not depend on the number of workers.
 * Threads live for the call: it is meant for turns that take milliseconds and more together. One
 * that cannot be started is done without.
 */
#ifndef LAB_PARALLEL_H
#define LAB_PARALLEL_H
#include "base/base.h"

typedef void lab_turn(void *context, isize index, int worker);

/* Threads that this process may run at once: CPUs of its affinity mask. */
int lab_parallel_workers(void);
/* The caller is one of the workers; workers 1 starts no thread. */
void lab_parallel_for(int workers, isize count, lab_turn *turn, void *context);
#endif
