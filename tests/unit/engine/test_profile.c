/* Where the time goes: nothing while off, sums over all threads while on. */
#include "base/profile.h"
#include "check.h"
#include "par/pool.h"
#include <string.h>

static void off_it_keeps_nothing(void)
{
    vt_profile_reset();
    CU_ASSERT_EQUAL(vt_profiling, 0);
    CU_ASSERT_EQUAL(vt_profile_from(), 0);
    vt_profile_add(VT_PART_NORM, 0, 5, 6);
    for (int p = 0; p < VT_PART_COUNT; p++) {
        vt_profile_sum sum = vt_profile_sum_of((vt_part)p);
        CU_ASSERT(sum.ns == 0 && sum.flops == 0 && sum.bytes == 0 && sum.calls == 0);
    }
}

static void add_turn(void *context, isize index, int worker)
{
    (void)context;
    (void)worker;
    int64_t from = vt_profile_from();
    vt_profile_add(index % 2 ? VT_PART_NORM : VT_PART_LOSS, from, index, 3);
}

static void on_it_adds_up_what_all_threads_do(void)
{
    enum { TURNS = 1000 };
    vt_pool *pool = NULL;
    vt_error err;
    CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, 4, &err), VT_OK);
    int64_t begin = vt_profile_now();
    vt_profile_reset();
    vt_profiling = 1;
    vt_pool_for(pool, TURNS, add_turn, NULL);
    vt_profiling = 0;
    int64_t took = vt_profile_now() - begin;
    vt_profile_sum odd = vt_profile_sum_of(VT_PART_NORM), even = vt_profile_sum_of(VT_PART_LOSS);
    CU_ASSERT(odd.calls == TURNS / 2 && even.calls == TURNS / 2);
    CU_ASSERT(odd.bytes == 3 * TURNS / 2 && even.bytes == 3 * TURNS / 2);
    CU_ASSERT(odd.flops + even.flops == TURNS * (TURNS - 1) / 2);
    CU_ASSERT(odd.flops - even.flops == TURNS / 2);
    CU_ASSERT(odd.ns >= 0 && even.ns >= 0 && odd.ns + even.ns <= 4 * took);
    CU_ASSERT_EQUAL(vt_profile_sum_of(VT_PART_GELU).calls, 0);
    vt_profile_reset();
    CU_ASSERT_EQUAL(vt_profile_sum_of(VT_PART_NORM).calls, 0);
    vt_pool_close(&pool);
}

static void every_part_has_a_name_of_its_own(void)
{
    for (int p = 0; p < VT_PART_COUNT; p++) {
        CU_ASSERT(strlen(vt_profile_name((vt_part)p)) > 0);
        for (int q = 0; q < p; q++)
            CU_ASSERT_STRING_NOT_EQUAL(vt_profile_name((vt_part)p), vt_profile_name((vt_part)q));
    }
}

SUITE(profile, {"off it keeps nothing", off_it_keeps_nothing},
      {"on it adds up what all threads do", on_it_adds_up_what_all_threads_do},
      {"every part has a name of its own", every_part_has_a_name_of_its_own})
