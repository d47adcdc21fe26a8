/* Gates that shards pass in their order; under ThreadSanitizer this is the test of their memory
 * order. */
#include "check.h"
#include "par/pool.h"
#include "par/turns.h"
#include <time.h>

enum { GATES = 5, SHARDS = 40, WORKERS_MAX = 8 };

typedef struct {
    vt_turns *turns;
    isize order[GATES][SHARDS]; /* shards in the order in which they came */
    isize came[GATES];
    double sum[GATES];
    int slow; /* every this many shards one dawdles before its gates */
} sums;

static void add_turn(void *context, isize shard, int worker)
{
    (void)worker;
    sums *s = context;
    struct timespec while_others_wait = {.tv_nsec = 2000000};
    if (s->slow && shard % s->slow == 0) (void)nanosleep(&while_others_wait, NULL);
    for (isize g = 0; g < GATES; g++) {
        vt_turns_wait(s->turns, g, shard);
        s->order[g][s->came[g]++] = shard; /* plain memory: the gate alone keeps the others off */
        s->sum[g] = s->sum[g] / 3 + 1.0 / (double)(shard + 1);
        vt_turns_pass(s->turns, g);
    }
}

static void check_order(vt_pool *pool, int slow)
{
    static sums s;
    vt_error err;
    double alone = 0;
    s = (sums){.slow = slow};
    for (isize shard = 0; shard < SHARDS; shard++) alone = alone / 3 + 1.0 / (double)(shard + 1);
    CU_ASSERT_EQUAL_FATAL(vt_turns_open(&s.turns, GATES, &err), VT_OK);
    for (int round = 0; round < 3; round++) {
        vt_turns_reset(s.turns);
        for (isize g = 0; g < GATES; g++) {
            s.came[g] = 0;
            s.sum[g] = 0;
        }
        vt_pool_for(pool, SHARDS, add_turn, &s);
        for (isize g = 0; g < GATES; g++) {
            CU_ASSERT_EQUAL(s.came[g], SHARDS);
            CU_ASSERT(s.sum[g] == alone); /* to the last bit */
            for (isize i = 0; i < SHARDS; i++) CU_ASSERT_EQUAL(s.order[g][i], i);
        }
    }
    vt_turns_close(&s.turns);
    CU_ASSERT_PTR_NULL(s.turns);
}

static void any_number_of_workers_pass_in_order(void)
{
    for (int workers = 1; workers <= WORKERS_MAX; workers++) {
        vt_pool *pool = NULL;
        vt_error err;
        CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, workers, &err), VT_OK);
        check_order(pool, 0);
        vt_pool_close(&pool);
    }
}

static void those_behind_a_slow_shard_sleep_and_wake(void)
{
    vt_pool *pool = NULL;
    vt_error err;
    CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, WORKERS_MAX, &err), VT_OK);
    check_order(pool, 9);
    vt_pool_close(&pool);
}

SUITE(turns, {"any number of workers pass in order", any_number_of_workers_pass_in_order},
      {"those behind a slow shard sleep and wake", those_behind_a_slow_shard_sleep_and_wake})
