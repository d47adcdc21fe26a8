#include "train/deal.h"
#include <string.h>

void vt_deal_plan(vt_deal *deal, isize batch, isize shards, isize targets_max, vt_arena *arena)
{
    *deal = (vt_deal){.batch = batch, .shards = shards, .targets_max = targets_max};
    deal->targets = VT_TAKE(arena, int32_t, batch);
    deal->dealt = VT_TAKE(arena, int32_t, batch);
    deal->first = VT_TAKE(arena, isize, shards + 1);
    deal->turn = VT_TAKE(arena, isize, targets_max + 1);
}

/* The shard of the i-th image, those with the most targets coming first. Images go to hands to and
 * fro, so that who came last comes first next. After an odd number of rounds the first hands have
 * the most targets; the images of a last round that is not full go to the first hands, too. */
static isize shard_of(const vt_deal *d, isize i)
{
    isize round = i / d->shards, seat = i % d->shards, half = d->shards / 2;
    int forth = round % 2 == 0 || (round + 1) * d->shards > d->batch;
    isize hand = forth ? seat : d->shards - 1 - seat;
    return hand < half ? half - 1 - hand : hand;
}

isize vt_deal_out(vt_deal *d)
{
    isize *turn = d->turn;  /* of the next image with so many targets */
    isize *next = d->first; /* place in its shard; ends up as where the shard begins */
    isize sum = 0;
    memset(turn, 0, (size_t)(d->targets_max + 1) * sizeof *turn);
    for (isize place = 0; place < d->batch; place++) turn[d->targets[place]]++;
    for (isize targets = d->targets_max, before = 0; targets >= 0; targets--) {
        isize count = turn[targets];
        sum += targets * count;
        turn[targets] = before;
        before += count;
    }
    memset(next, 0, (size_t)(d->shards + 1) * sizeof *next);
    for (isize i = 0; i < d->batch; i++) next[shard_of(d, i) + 1]++;
    for (isize s = 0; s < d->shards; s++) next[s + 1] += next[s];
    for (isize place = 0; place < d->batch; place++) {
        isize i = turn[d->targets[place]]++;
        d->dealt[next[shard_of(d, i)]++] = (int32_t)place;
    }
    memmove(next + 1, next, (size_t)d->shards * sizeof *next);
    next[0] = 0;
    return sum;
}
