#include "objective/masking.h"
#include "objective/blockwise.h"
#include <math.h>

isize vt_masking_hidden(double ratio, isize patches)
{
    /* 1 - ratio is off by a rounding, which must not decide about a patch. */
    isize seen = (isize)floor((double)patches * (1 - ratio) + 1e-9);
    return patches - vt_min(seen < 1 ? 1 : seen, patches - 1);
}

void vt_masking_random(int32_t *choices, isize patches, isize hidden, vt_rng *rng)
{
    int32_t *places = choices + 1;
    choices[0] = (int32_t)hidden;
    for (isize i = 0; i < patches; i++) places[i] = (int32_t)i;
    for (isize i = 0; i < patches; i++) {
        isize other = i + (isize)vt_rng_below(rng, (uint64_t)(patches - i));
        int32_t kept = places[i];
        places[i] = places[other];
        places[other] = kept;
    }
}

/* Flags become the places of those that are 0, then of those that are 1. A place stands above the
 * flag of its seat until all flags are read. */
static void list_places(int32_t *flags, isize patches)
{
    isize at = 0;
    for (int hidden = 0; hidden < 2; hidden++)
        for (isize place = 0; place < patches; place++)
            if ((flags[place] & 1) == hidden) flags[at++] |= (int32_t)(place << 1);
    for (isize i = 0; i < patches; i++) flags[i] >>= 1;
}

void vt_masking_blocks(int32_t *choices, isize side, isize wanted, vt_rng *rng)
{
    isize patches = side * side, least = (patches * 16 + 98) / 196;
    vt_blockwise_shape shape = {.side = side, .least = least < 1 ? 1 : least, .most = wanted};
    isize hidden = vt_blockwise(choices + 1, &shape, wanted, rng);
    if (hidden == 0) {
        choices[1 + vt_rng_below(rng, (uint64_t)patches)] = 1;
        hidden = 1;
    }
    choices[0] = (int32_t)hidden;
    list_places(choices + 1, patches);
}
