/* How images are dealt to shards, and what workers have to do who take these in their order. */
#include "base/arena.h"
#include "check.h"
#include "train/deal.h"

enum { BATCH_MAX = 24, TARGETS_MAX = 63 };

static void open_deal(vt_deal *deal, vt_arena *arena, isize batch, isize shards)
{
    vt_error err;
    *arena = (vt_arena){0};
    vt_deal_plan(deal, batch, shards, TARGETS_MAX, arena);
    CU_ASSERT_EQUAL_FATAL(vt_arena_open(arena, &err), VT_OK);
    vt_deal_plan(deal, batch, shards, TARGETS_MAX, arena);
}

static isize targets_of(const vt_deal *d, isize shard)
{
    isize sum = 0;
    for (isize i = d->first[shard]; i < d->first[shard + 1]; i++) sum += d->targets[d->dealt[i]];
    return sum;
}

static void every_image_is_dealt_once(void)
{
    for (isize batch = 1; batch <= BATCH_MAX; batch++) {
        for (isize shards = 1; shards <= batch; shards++) {
            vt_deal d;
            vt_arena arena;
            int seen[BATCH_MAX] = {0}, wrong = 0;
            isize sum = 0, most = (batch + shards - 1) / shards;
            open_deal(&d, &arena, batch, shards);
            for (isize b = 0; b < batch; b++) {
                d.targets[b] = (int32_t)(b * 29 % (TARGETS_MAX + 1));
                sum += d.targets[b];
            }
            CU_ASSERT_EQUAL(vt_deal_out(&d), sum);
            CU_ASSERT(d.first[0] == 0 && d.first[shards] == batch);
            for (isize i = 0; i < batch; i++) seen[d.dealt[i]]++;
            for (isize b = 0; b < batch; b++) wrong += seen[b] != 1;
            for (isize s = 0; s < shards; s++) {
                isize count = d.first[s + 1] - d.first[s];
                wrong += count != most && count != batch / shards;
            }
            CU_ASSERT_EQUAL(wrong, 0);
            vt_arena_close(&arena);
        }
    }
}

static void shards_have_as_many_targets(void)
{
    enum { SHARDS = 4, BATCH = 16 };
    vt_deal d;
    vt_arena arena;
    open_deal(&d, &arena, BATCH, SHARDS);
    for (isize b = 0; b < BATCH; b++) d.targets[b] = (int32_t)(b * 7 % BATCH); /* 0 .. 15 */
    CU_ASSERT_EQUAL(vt_deal_out(&d), 120);
    for (isize s = 0; s < SHARDS; s++) CU_ASSERT_EQUAL(targets_of(&d, s), 30);
    vt_arena_close(&arena);
}

/* One image a shard: whoever takes each second one, or each fourth, has his share of targets, and
 * what comes first is no more than what comes next, so that nobody waits for it. */
static void workers_end_together(void)
{
    enum { SHARDS = 8 };
    static const int32_t targets[SHARDS] = {3, 7, 1, 8, 2, 6, 4, 5};
    vt_deal d;
    vt_arena arena;
    open_deal(&d, &arena, SHARDS, SHARDS);
    for (isize b = 0; b < SHARDS; b++) d.targets[b] = targets[b];
    CU_ASSERT_EQUAL(vt_deal_out(&d), 36);
    for (isize workers = 2; workers <= 4; workers *= 2) {
        for (isize w = 0; w < workers; w++) {
            isize sum = 0;
            for (isize s = w; s < SHARDS; s += workers) sum += targets_of(&d, s);
            CU_ASSERT_EQUAL(sum, 36 / workers);
        }
    }
    for (isize s = 1; s < SHARDS; s++) {
        isize more = targets_of(&d, s) - targets_of(&d, s - 1);
        CU_ASSERT(s < SHARDS / 2 ? more > 0 : s == SHARDS / 2 || more < 0);
    }
    vt_arena_close(&arena);
}

/* What images left over make of shards of equal ones: the most in the middle. */
static void images_left_over_come_in_the_middle(void)
{
    enum { SHARDS = 8 };
    static const struct {
        isize batch, images[SHARDS];
    } cases[] = {
        {9, {1, 1, 1, 2, 1, 1, 1, 1}},
        {12, {2, 2, 2, 2, 1, 1, 1, 1}},
        {18, {2, 2, 3, 3, 2, 2, 2, 2}},
        {23, {3, 3, 3, 3, 3, 3, 3, 2}},
    };
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        vt_deal d;
        vt_arena arena;
        open_deal(&d, &arena, cases[c].batch, SHARDS);
        for (isize b = 0; b < d.batch; b++) d.targets[b] = TARGETS_MAX;
        CU_ASSERT_EQUAL(vt_deal_out(&d), d.batch * TARGETS_MAX);
        for (isize s = 0; s < SHARDS; s++)
            CU_ASSERT_EQUAL(d.first[s + 1] - d.first[s], cases[c].images[s]);
        vt_arena_close(&arena);
    }
}

SUITE(deal, {"every image is dealt once", every_image_is_dealt_once},
      {"shards have as many targets", shards_have_as_many_targets},
      {"workers end together", workers_end_together},
      {"images left over come in the middle", images_left_over_come_in_the_middle})
