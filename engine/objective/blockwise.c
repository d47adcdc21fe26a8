#include "objective/blockwise.h"
#include <math.h>
#include <string.h>

typedef struct {
    isize top, left, height, width;
} block;

/* How many patches of the block are not masked yet. */
static isize fresh(const int32_t *masked, isize side, const block *b)
{
    isize count = 0;
    for (isize y = b->top; y < b->top + b->height; y++)
        for (isize x = b->left; x < b->left + b->width; x++) count += masked[y * side + x] == 0;
    return count;
}

static void put(int32_t *masked, isize side, const block *b)
{
    for (isize y = b->top; y < b->top + b->height; y++)
        for (isize x = b->left; x < b->left + b->width; x++) masked[y * side + x] = 1;
}

/* Returns how many patches it masks of the `room` that may still be. */
static isize add_block(int32_t *masked, const vt_blockwise_shape *s, isize room, vt_rng *rng)
{
    enum { TRIES = 10 };
    const double log_least = log(0.3);
    for (int i = 0; i < TRIES; i++) {
        double most = (double)vt_min(s->most, room), least = (double)s->least;
        double area = least + (most - least) * vt_rng_unit(rng);
        double aspect = exp(log_least * (1 - 2 * vt_rng_unit(rng)));
        block b = {.height = (isize)lround(sqrt(area * aspect)),
                   .width = (isize)lround(sqrt(area / aspect))};
        if (b.height < 1 || b.width < 1 || b.height >= s->side || b.width >= s->side) continue;
        b.top = (isize)vt_rng_below(rng, (uint64_t)(s->side - b.height + 1));
        b.left = (isize)vt_rng_below(rng, (uint64_t)(s->side - b.width + 1));
        isize count = fresh(masked, s->side, &b);
        if (count == 0 || count > room) continue;
        put(masked, s->side, &b);
        return count;
    }
    return 0;
}

isize vt_blockwise(int32_t *masked, const vt_blockwise_shape *s, isize wanted, vt_rng *rng)
{
    isize count = 0, added = 1;
    memset(masked, 0, (size_t)(s->side * s->side) * sizeof *masked);
    while (count < wanted && added > 0) {
        added = add_block(masked, s, wanted - count, rng);
        count += added;
    }
    return count;
}
