/* par/ahead.h - a loop that is begun before its results are needed.
 *
 *     vt_ahead_start(ahead, count, turn, context);    threads of its own take turns from now on
 *     ... other loops in the pool ...
 *     vt_ahead_finish(ahead);                         the pool takes what is left; all is done
 *
 * Turns are those of par/pool.h: in any order, of workers 0 to vt_ahead_workers - 1, the pool's
 * first. Without threads of its own all happens at finish.
 */
#ifndef VT_AHEAD_H
#define VT_AHEAD_H
#include "par/pool.h"

typedef struct vt_ahead vt_ahead;

/* pool: borrowed; NULL is one worker. threads >= 0. */
VT_CHECKED vt_status vt_ahead_open(vt_ahead **out, vt_pool *pool, int threads, vt_error *err);
int vt_ahead_workers(const vt_ahead *ahead);
/* context is read until finish; one loop at a time. */
void vt_ahead_start(vt_ahead *ahead, isize count, vt_turn *turn, void *context);
void vt_ahead_finish(vt_ahead *ahead); /* nothing where nothing was started */
void vt_ahead_close(vt_ahead **ahead); /* finishes; sets NULL; NULL is fine */
#endif
