/* par/turns.h - gates that shards pass in their order, whichever workers compute them.
 *
 * Shards that add to one buffer must do so in a fixed order, or the sum's last bits would depend on
 * timing. Each parameter has a gate; the shard whose turn it is may add, and then opens the gate
 * for the next. Shards meet the gates in the same sequence, so after one gate's delay each follows
 * the one before without waiting: one buffer serves any number of workers.
 *
 *     vt_turns_wait(turns, gate, turn);     returns when `turn` shards have passed the gate
 *     ... add ...
 *     vt_turns_pass(turns, gate);           what was added is seen by whoever waits for turn + 1
 *
 * A pool hands out shards in their order, so the one that is waited for is always under way.
 */
#ifndef VT_TURNS_H
#define VT_TURNS_H
#include "base/error.h"

typedef struct vt_turns vt_turns;

VT_CHECKED vt_status vt_turns_open(vt_turns **out, isize gates, vt_error *err);
void vt_turns_reset(vt_turns *turns); /* all gates to turn 0; nobody may be at one */
void vt_turns_wait(vt_turns *turns, isize gate, isize turn);
void vt_turns_pass(vt_turns *turns, isize gate);
void vt_turns_close(vt_turns **turns); /* sets NULL; NULL is fine */
#endif
