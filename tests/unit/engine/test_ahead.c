/* A loop begun ahead does what the serial loop does, with threads of its own and without. */
#include "check.h"
#include "par/ahead.h"
#include <string.h>

enum { COUNT_MAX = 500 };
static vt_error err;

typedef struct {
    int turns[COUNT_MAX];
    int workers, strangers;
} job;

static void turn(void *context, isize index, int worker)
{
    job *j = context;
    if (worker < 0 || worker >= j->workers) j->strangers++;
    j->turns[index]++;
}

static isize wrong_turns(const job *j, isize count)
{
    isize wrong = j->strangers;
    for (isize i = 0; i < COUNT_MAX; i++) wrong += j->turns[i] != (i < count);
    return wrong;
}

static void beside(void *context, isize index, int worker)
{
    (void)worker;
    ((int *)context)[index]++;
}

static void check_loops(int workers, int threads)
{
    static job j;
    static const isize counts[] = {0, 1, 3, COUNT_MAX};
    vt_pool *pool = NULL;
    vt_ahead *ahead = NULL;
    CU_ASSERT_EQUAL(vt_pool_open(&pool, workers, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_ahead_open(&ahead, pool, threads, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_ahead_workers(ahead), workers + threads);
    for (int round = 0; round < 20; round++) {
        int other[8] = {0};
        isize count = counts[round % 4];
        memset(&j, 0, sizeof j);
        j.workers = workers + threads;
        vt_ahead_start(ahead, count, turn, &j);
        if (round % 3 > 0) vt_pool_for(pool, 8, beside, other);
        vt_ahead_finish(ahead);
        vt_ahead_finish(ahead); /* nothing is under way */
        CU_ASSERT_EQUAL(wrong_turns(&j, count), 0);
        CU_ASSERT(other[0] == (round % 3 > 0) && other[7] == other[0]);
    }
    memset(&j, 0, sizeof j);
    j.workers = workers + threads;
    vt_ahead_start(ahead, COUNT_MAX, turn, &j);
    vt_ahead_close(&ahead); /* finishes what was started */
    CU_ASSERT_EQUAL(wrong_turns(&j, COUNT_MAX), 0);
    vt_pool_close(&pool);
}

static void every_index_has_one_turn(void)
{
    for (int workers = 1; workers <= 3; workers++)
        for (int threads = 0; threads <= 4; threads += 2) check_loops(workers, threads);
}

static void without_a_pool_there_is_one_worker(void)
{
    static job j;
    vt_ahead *ahead = NULL;
    memset(&j, 0, sizeof j);
    CU_ASSERT_EQUAL(vt_ahead_open(&ahead, NULL, 1, &err), VT_OK);
    j.workers = vt_ahead_workers(ahead);
    CU_ASSERT_EQUAL(j.workers, 2);
    vt_ahead_start(ahead, 100, turn, &j);
    vt_ahead_finish(ahead);
    CU_ASSERT_EQUAL(wrong_turns(&j, 100), 0);
    vt_ahead_close(&ahead);
    vt_ahead_close(&ahead);
}

SUITE(ahead, {"every index has one turn", every_index_has_one_turn},
      {"without a pool there is one worker", without_a_pool_there_is_one_worker})
