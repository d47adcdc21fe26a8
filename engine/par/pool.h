/* par/pool.h - the only parallelism there is: a loop whose turns do not know of each other.
 *
 *     vt_pool_for(pool, count, turn, context);
 *
 * does what this does, with the turns in any order and spread over the pool's workers:
 *
 *     for (isize i = 0; i < count; i++) turn(context, i, worker);    0 <= worker < workers
 *
 * and returns when all turns have. A turn may use whatever belongs to its worker (scratch) or to
 * its index (a shard's gradient); results that must not depend on the number of workers belong to
 * the index. A NULL pool is one worker. Loops do not nest.
 *
 * When some workers still have a turn and others have none left, a turn may be shared:
 *
 *     vt_pool_share(pool, count, slice, context);
 *
 * does slice(context, 0 .. count - 1), some of them on workers that are free. What a slice writes
 * must depend on its index alone, and how work is cut into slices must not depend on who is free,
 * or bits would depend on timing. Slices do not wait for one another, as one thread may do them
 * all; of scratch they read the owner's and write none.
 */
#ifndef VT_POOL_H
#define VT_POOL_H
#include "base/error.h"

typedef struct vt_pool vt_pool;
typedef void vt_turn(void *context, isize index, int worker);
typedef void vt_slice(void *context, isize index);

/* The calling thread is one of the workers, so workers 1 starts no thread. */
VT_CHECKED vt_status vt_pool_open(vt_pool **out, int workers, vt_error *err);
int vt_pool_workers(const vt_pool *pool);
void vt_pool_for(vt_pool *pool, isize count, vt_turn *turn, void *context);
/* The same loop without the calling thread, which goes on: workers 1 and up take turns, of which
 * there are some. It is over when wait returns, and no other loop of this pool begins before. */
void vt_pool_start(vt_pool *pool, isize count, vt_turn *turn, void *context);
void vt_pool_wait(vt_pool *pool);
/* Within a turn or outside any; returns when all slices are done. A slice itself shares nothing. */
void vt_pool_share(vt_pool *pool, isize count, vt_slice *slice, void *context);
void vt_pool_close(vt_pool **pool); /* joins the threads; sets NULL; NULL is fine */
#endif
