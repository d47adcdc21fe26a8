/* The pool does what the serial loop does: under ThreadSanitizer this is the test of its locks. */
#include "check.h"
#include "par/pool.h"
#include <pthread.h>
#include <string.h>
#include <time.h>

enum { COUNT_MAX = 1000, WORKERS_MAX = 8 };
static const int worker_counts[] = {1, 2, 3, 8};
enum { WORKER_COUNTS = sizeof worker_counts / sizeof *worker_counts };
static vt_error err;

static vt_pool *open_pool(int workers)
{
    vt_pool *pool = NULL;
    CU_ASSERT_EQUAL(vt_pool_open(&pool, workers, &err), VT_OK);
    CU_ASSERT_PTR_NOT_NULL_FATAL(pool);
    CU_ASSERT_EQUAL(vt_pool_workers(pool), workers);
    return pool;
}

typedef struct {
    int turns[COUNT_MAX]; /* by index */
    double value[COUNT_MAX];
    int by_worker[WORKERS_MAX]; /* by worker */
    int workers, strangers;
    double salt;
} job;

static void turn(void *context, isize index, int worker)
{
    job *j = context;
    if (worker < 0 || worker >= j->workers) {
        j->strangers++;
        return;
    }
    j->turns[index]++;
    j->by_worker[worker]++;
    j->value[index] = j->salt / (double)(index + 1);
}

/* Runs a loop and checks that every index had its one turn. */
static void check_loop(vt_pool *pool, isize count, double salt)
{
    static job j;
    isize wrong = 0, taken = 0;
    memset(&j, 0, sizeof j);
    j.workers = vt_pool_workers(pool);
    j.salt = salt;
    vt_pool_for(pool, count, turn, &j);
    for (isize i = 0; i < COUNT_MAX; i++)
        wrong += j.turns[i] != (i < count) || (i < count && j.value[i] != salt / (double)(i + 1));
    for (int w = 0; w < WORKERS_MAX; w++) taken += j.by_worker[w];
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_EQUAL(taken, count);
    CU_ASSERT_EQUAL(j.strangers, 0);
}

static void every_index_has_one_turn(void)
{
    static const isize counts[] = {0, 1, 2, 7, COUNT_MAX};
    for (size_t c = 0; c < sizeof counts / sizeof *counts; c++) {
        check_loop(NULL, counts[c], 1);
        for (int w = 0; w < WORKER_COUNTS; w++) {
            vt_pool *pool = open_pool(worker_counts[w]);
            check_loop(pool, counts[c], 1);
            vt_pool_close(&pool);
            CU_ASSERT_PTR_NULL(pool);
        }
    }
}

static void a_pool_is_used_thousands_of_times(void)
{
    for (int w = 1; w < WORKER_COUNTS; w++) {
        vt_pool *pool = open_pool(worker_counts[w]);
        for (int loop = 0; loop < 3000; loop++) check_loop(pool, loop % 13, 1 + loop);
        vt_pool_close(&pool);
    }
}

/* What one loop wrote, the next one reads, whichever worker wrote it. */
static void pass_on(void *context, isize index, int worker)
{
    (void)worker;
    double *value = context;
    value[index] = value[index] * 0.5 + value[COUNT_MAX - 1 - index] * 0.25;
}

static void add_index(void *context, isize index, int worker)
{
    (void)worker;
    double *value = context;
    value[index] += (double)index;
}

static void results_by_index_do_not_depend_on_the_workers(void)
{
    static double value[WORKER_COUNTS][COUNT_MAX];
    for (int w = 0; w < WORKER_COUNTS; w++) {
        vt_pool *pool = open_pool(worker_counts[w]);
        memset(value[w], 0, sizeof value[w]);
        for (int loop = 0; loop < 50; loop++) {
            vt_pool_for(pool, COUNT_MAX, add_index, value[w]);
            vt_pool_for(pool, COUNT_MAX / 2, pass_on, value[w]);
        }
        vt_pool_close(&pool);
        CU_ASSERT_EQUAL(memcmp(value[w], value[0], sizeof value[w]), 0);
    }
    CU_ASSERT(value[0][1] > 0);
}

static void a_pool_closes_without_use(void)
{
    for (int round = 0; round < 50; round++) {
        for (int w = 0; w < WORKER_COUNTS; w++) {
            vt_pool *pool = open_pool(worker_counts[w]);
            vt_pool_close(&pool);
            CU_ASSERT_PTR_NULL(pool);
            vt_pool_close(&pool);
        }
    }
}

typedef struct {
    vt_pool *pools[2];
    double sums[2][COUNT_MAX];
} nest;

static void two_pools_do_not_know_each_other(void)
{
    static nest n;
    memset(&n, 0, sizeof n);
    n.pools[0] = open_pool(3);
    n.pools[1] = open_pool(2);
    for (int loop = 0; loop < 200; loop++)
        for (int p = 0; p < 2; p++) vt_pool_for(n.pools[p], 20, add_index, n.sums[p]);
    for (isize i = 0; i < 20; i++)
        for (int p = 0; p < 2; p++) CU_ASSERT_EQUAL(n.sums[p][i], 200.0 * (double)i);
    vt_pool_close(&n.pools[0]);
    vt_pool_close(&n.pools[1]);
}

/* ---- sharing ---- */

enum { TURNS = 6, SLICES = 5 };

typedef struct {
    vt_pool *pool;
    int slices, taken[TURNS][SLICES], turns[TURNS];
    double value[TURNS][SLICES], sum[TURNS];
} shared;

typedef struct {
    shared *all;
    isize turn;
} shared_turn;

static void take_slice(void *context, isize index)
{
    const shared_turn *t = context;
    t->all->taken[t->turn][index]++;
    t->all->value[t->turn][index] = 1.0 / (double)(1 + index + 10 * t->turn);
}

static void share_turn(void *context, isize index, int worker)
{
    (void)worker;
    shared *all = context;
    shared_turn t = {all, index};
    all->turns[index]++;
    for (int again = 0; again < 3; again++) {
        vt_pool_share(all->pool, all->slices, take_slice, &t);
        for (int s = 0; s < all->slices; s++) all->sum[index] += all->value[index][s];
    }
}

/* Few turns for many workers, so that most of these are free; what slices wrote is seen. */
static void a_shared_turn_does_every_slice_once(void)
{
    static shared all;
    for (int w = 0; w < WORKER_COUNTS; w++) {
        vt_pool *pool = open_pool(worker_counts[w]);
        for (int loop = 0; loop < 300; loop++) {
            int turns = 1 + loop % TURNS;
            all = (shared){.pool = pool, .slices = loop / TURNS % (SLICES + 1)};
            vt_pool_for(pool, turns, share_turn, &all);
            int wrong = 0;
            for (int t = 0; t < turns; t++) {
                double sum = 0;
                for (int again = 0; again < 3; again++)
                    for (int s = 0; s < all.slices; s++) sum += 1.0 / (double)(1 + s + 10 * t);
                wrong += all.turns[t] != 1 || all.sum[t] != sum;
                for (int s = 0; s < SLICES; s++)
                    wrong += all.taken[t][s] != (s < all.slices ? 3 : 0);
            }
            CU_ASSERT_EQUAL(wrong, 0);
        }
        vt_pool_close(&pool);
    }
}

enum { TRIES = 10000 };

typedef struct {
    vt_pool *pool;
    pthread_t caller, by[2];
    int tries;
} lone;

static void sign_slice(void *context, isize index)
{
    lone *l = context;
    struct timespec while_others_come = {.tv_nsec = 200000};
    (void)nanosleep(&while_others_come, NULL);
    l->by[index] = pthread_self();
}

static void lone_turn(void *context, isize index, int worker)
{
    (void)index;
    (void)worker;
    lone *l = context;
    do vt_pool_share(l->pool, 2, sign_slice, l);
    while (pthread_equal(l->by[0], l->by[1]) && ++l->tries < TRIES);
}

static int took(const lone *l, pthread_t thread)
{
    return pthread_equal(l->by[0], thread) || pthread_equal(l->by[1], thread);
}

static void other_turn(void *context, isize index, int worker)
{
    (void)index;
    (void)worker;
    lone *l = context;
    do vt_pool_share(l->pool, 2, sign_slice, l);
    while (!took(l, l->caller) && ++l->tries < TRIES);
}

static void who_waits_for_a_loop_takes_slices(void)
{
    for (int w = 1; w < WORKER_COUNTS; w++) {
        lone l = {.pool = open_pool(worker_counts[w]), .caller = pthread_self()};
        vt_pool_start(l.pool, 1, other_turn, &l); /* of which the calling thread has none */
        vt_pool_wait(l.pool);
        CU_ASSERT(took(&l, l.caller) && l.tries < TRIES);
        vt_pool_close(&l.pool);
    }
}

/* Also where they never had a turn, or slept: as soon as they are awake. */
static void free_workers_take_slices(void)
{
    for (int w = 1; w < WORKER_COUNTS; w++) {
        lone l = {.pool = open_pool(worker_counts[w])};
        vt_pool_for(l.pool, 1, lone_turn, &l);
        CU_ASSERT(l.tries < TRIES);
        vt_pool_close(&l.pool);
    }
}

static void impossible_numbers_of_workers_are_refused(void)
{
    static const int wrong[] = {0, -1, 100000};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        vt_pool *pool = NULL;
        CU_ASSERT_EQUAL(vt_pool_open(&pool, wrong[i], &err), VT_ERR_CONFIG);
        CU_ASSERT(pool == NULL && strstr(err.text, "workers"));
    }
    CU_ASSERT_EQUAL(vt_pool_workers(NULL), 1);
}

SUITE(pool, {"every index has one turn", every_index_has_one_turn},
      {"a pool is used thousands of times", a_pool_is_used_thousands_of_times},
      {"results by index do not depend on the workers",
       results_by_index_do_not_depend_on_the_workers},
      {"a pool closes without use", a_pool_closes_without_use},
      {"two pools do not know each other", two_pools_do_not_know_each_other},
      {"a shared turn does every slice once", a_shared_turn_does_every_slice_once},
      {"free workers take slices", free_workers_take_slices},
      {"who waits for a loop takes slices", who_waits_for_a_loop_takes_slices},
      {"impossible numbers of workers are refused", impossible_numbers_of_workers_are_refused})
