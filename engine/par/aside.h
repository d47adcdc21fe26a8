/* par/aside.h - one task beside the thread that calls: writing to a disk while that goes on.
 *
 *     vt_aside_start(aside, task, context);
 *     while (vt_aside_busy(aside)) ...whatever does not touch context...
 *     ...what task wrote is seen here...
 */
#ifndef VT_ASIDE_H
#define VT_ASIDE_H
#include "base/error.h"

typedef struct vt_aside vt_aside;
VT_CHECKED vt_status vt_aside_open(vt_aside **out, vt_error *err);
/* None is under way (asserted). Where no thread can be had, task is done before this returns. */
void vt_aside_start(vt_aside *aside, void (*task)(void *context), void *context);
int vt_aside_busy(vt_aside *aside);    /* 0: nothing is under way any more */
void vt_aside_close(vt_aside **aside); /* waits for the task; sets NULL; NULL is fine */
#endif
