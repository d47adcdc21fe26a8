/* train/deal.h - which shard gets which images of a batch, and in which order shards come.
 *
 * The work of an image grows with its targets. Images are dealt so that shards have about as many
 * targets, and shards are put in an order in which workers that take them by turns end together:
 * growing in the first half, shrinking in the second. Shards that share a buffer of gradients end
 * in their order, so a small one behind a large one would wait for it; a small one in front does
 * not, and its worker is ahead for a larger one later.
 */
#ifndef VT_DEAL_H
#define VT_DEAL_H
#include "base/arena.h"

typedef struct {
    isize batch;       /* images */
    isize shards;      /* at most as many */
    isize targets_max; /* of one image */
    int32_t *targets;  /* [batch] by place: the caller fills them, 0 .. targets_max */
    int32_t *dealt;    /* [batch] places in the order of the shards */
    isize *first;      /* [shards + 1] where each shard begins in that order */
    isize *turn;       /* [targets_max + 1] scratch */
} vt_deal;

void vt_deal_plan(vt_deal *deal, isize batch, isize shards, isize targets_max, vt_arena *arena);
/* Fills dealt and first from targets; returns the sum of targets. Equal images go by place. */
isize vt_deal_out(vt_deal *deal);
#endif
