/* Which cell comes next, with how many threads, when all will be done, and what that rests on. */
#include "check.h"
#include "launch/rate.h"
#include "launch/schedule.h"
#include "launch/watch.h"
#include <math.h>

static lab_schedule schedule;

static void begin(isize count, int cores, int jobs)
{
    lab_schedule_init(&schedule, count,
                      (lab_room){.jobs = jobs, .cores = cores, .bytes = INT64_MAX});
}

static void set(isize cell, double seconds, isize parent)
{
    schedule.loads[cell].seconds = seconds;
    schedule.loads[cell].parent = parent;
}

static void the_longest_chain_comes_first(void)
{
    begin(5, 2, 2);
    set(0, 3, -1);
    set(1, 5, -1);
    set(2, 4, -1);
    set(3, 9, 0); /* makes cell 0 one of 12 */
    set(4, 5, -1);
    lab_schedule_sort(&schedule);
    const isize want[] = {0, 3, 1, 4, 2};
    for (int i = 0; i < 5; i++) CU_ASSERT_EQUAL(schedule.order[i], want[i]);
    lab_schedule_finish(&schedule);
}

static void cells_of_unknown_length_keep_their_order(void)
{
    begin(4, 2, 2);
    set(2, 1, -1);
    lab_schedule_sort(&schedule);
    const isize want[] = {2, 0, 1, 3};
    for (int i = 0; i < 4; i++) CU_ASSERT_EQUAL(schedule.order[i], want[i]);
    CU_ASSERT(isnan(lab_schedule_left(&schedule, NULL, 0)));
    lab_schedule_finish(&schedule);
}

static void threads_go_to_the_run_that_would_outlast_the_rest(void)
{
    begin(4, 8, 8);
    set(0, 80, -1);
    set(1, 20, -1);
    set(2, 20, -1);
    set(3, 40, -1);
    lab_schedule_sort(&schedule);
    CU_ASSERT_EQUAL(lab_schedule_workers(&schedule, 0, NULL, 0), 4); /* 160 over 8 cores: 20 each */
    CU_ASSERT_EQUAL(lab_schedule_workers(&schedule, 1, NULL, 0), 1);
    CU_ASSERT_EQUAL(lab_schedule_workers(&schedule, 3, NULL, 0), 2);
    lab_running busy[] = {{0, 20, 7}};
    schedule.loads[0].stage = LAB_RUNNING;
    schedule.loads[1].stage = schedule.loads[2].stage = LAB_SETTLED;
    set(3, 100, -1);
    lab_schedule_sort(&schedule);
    CU_ASSERT_EQUAL(lab_schedule_workers(&schedule, 3, busy, 1),
                    0); /* with four at 20 it ends at 45 */
    busy[0].seconds = 90;
    CU_ASSERT_EQUAL(lab_schedule_workers(&schedule, 3, busy, 1), 1); /* one core is free */
    schedule.room.workers = 3;
    CU_ASSERT_EQUAL(lab_schedule_workers(&schedule, 3, busy, 1), 3); /* as was asked for */
    lab_schedule_finish(&schedule);
}

static void a_single_run_takes_every_core(void)
{
    begin(1, 6, 6);
    CU_ASSERT_EQUAL(lab_schedule_workers(&schedule, 0, NULL, 0), 6);
    lab_schedule_finish(&schedule);
}

static void memory_and_places_hold_a_run_back(void)
{
    begin(2, 4, 4);
    set(0, 1, -1);
    set(1, 1, -1);
    schedule.loads[0].bytes = 60;
    schedule.loads[1].bytes = 50;
    schedule.room.bytes = 100;
    const lab_running busy[] = {{0, 1, 1}};
    CU_ASSERT_EQUAL(lab_schedule_workers(&schedule, 1, busy, 1), 0);
    schedule.room.bytes = 110;
    CU_ASSERT(lab_schedule_workers(&schedule, 1, busy, 1) > 0);
    schedule.room.bytes = 10; /* a run that is alone goes ahead */
    CU_ASSERT(lab_schedule_workers(&schedule, 1, NULL, 0) > 0);
    schedule.room.bytes = 1000;
    schedule.room.jobs = 1;
    CU_ASSERT_EQUAL(lab_schedule_workers(&schedule, 1, busy, 1), 0);
    lab_schedule_finish(&schedule);
}

static void the_time_left_is_that_of_the_schedule(void)
{
    begin(4, 2, 2);
    schedule.room.workers = 1;
    set(0, 10, -1);
    set(1, 6, -1);
    set(2, 4, -1);
    set(3, 5, 0);
    lab_schedule_sort(&schedule);
    /* 0 and 1 at once, 2 behind 1; 3 waits for 0 and ends last. */
    check_near("left", lab_schedule_left(&schedule, NULL, 0), 15, 1e-12);
    schedule.loads[0].stage = LAB_RUNNING;
    const lab_running busy[] = {{0, 2, 1}};
    /* 0 ends at 2, 3 at 7; 1 at 6, 2 at 10. */
    check_near("left while one runs", lab_schedule_left(&schedule, busy, 1), 10, 1e-12);
    lab_schedule_finish(&schedule);
}

static void a_dealt_out_schedule_keeps_all_cores_busy(void)
{
    begin(3, 2, 2);
    for (isize i = 0; i < 3; i++) set(i, 10, -1);
    lab_schedule_sort(&schedule);
    /* Two at once, then the third with both cores. */
    check_near("left", lab_schedule_left(&schedule, NULL, 0), 15, 1e-12);
    lab_schedule_finish(&schedule);
}

static lab_rate rate(lab_kind kind, isize cell, double flops, double core_s)
{
    return (lab_rate){.cost = {.kind = kind, .flops = flops, .images = 1, .params = 1e6},
                      .cell = cell,
                      .core_s = core_s};
}

static void the_nearest_run_of_the_kind_tells_the_time(void)
{
    lab_rates rates = {0};
    lab_cost small = rate(LAB_OF_PRETRAIN, 0, 100, 0).cost;
    CU_ASSERT(isnan(lab_rates_core_s(&rates, &small)));
    lab_rates_add(&rates, rate(LAB_OF_PROBE, -1, 100, 7));
    check_near("another kind is better than none", lab_rates_core_s(&rates, &small), 7, 1e-9);
    lab_rates_add(&rates, rate(LAB_OF_PRETRAIN, -1, 50, 1));
    check_near("scaled by FLOPs", lab_rates_core_s(&rates, &small), 2, 1e-9);
    CU_ASSERT(lab_rates_know(&rates, LAB_OF_PRETRAIN) && !lab_rates_know(&rates, LAB_OF_PIXELS));
    lab_rates_add(&rates, rate(LAB_OF_PRETRAIN, 3, 200, 8));
    check_near("one of this sweep is nearer", lab_rates_core_s(&rates, &small), 4, 1e-9);
    lab_rates_add(&rates, rate(LAB_OF_PRETRAIN, 3, 200, 6));
    check_near("its newest measurement counts", lab_rates_core_s(&rates, &small), 3, 1e-9);
    lab_rates_add(&rates, rate(LAB_OF_PRETRAIN, 4, 200, 10));
    check_near("equally near ones are averaged", lab_rates_core_s(&rates, &small), 4, 1e-9);
    lab_rates_finish(&rates);
}

static void memory_goes_with_what_a_run_holds(void)
{
    lab_rates rates = {0};
    lab_rate measured = rate(LAB_OF_PRETRAIN, 0, 100, (double)NAN);
    lab_cost large = measured.cost;
    large.params = 1e9;
    int64_t rough = lab_rates_bytes(&rates, &large);
    CU_ASSERT(rough > 16000000000);
    measured.bytes = 2 * (double)lab_rates_bytes(&rates, &measured.cost);
    lab_rates_add(&rates, measured);
    check_near("twice the rough sum", (double)lab_rates_bytes(&rates, &large), 2 * (double)rough,
               2);
    lab_rates_finish(&rates);
}

static void silence_is_told_by_heartbeats_that_stand_still(void)
{
    lab_watch watch = {0};
    CU_ASSERT(!lab_watch_silent(&watch, 1, 5, 1000)); /* seen for the first time */
    CU_ASSERT(!lab_watch_silent(&watch, 1, 5, 1119));
    CU_ASSERT(!lab_watch_silent(&watch, 2, 5, 1119));
    CU_ASSERT(!lab_watch_silent(&watch, 1, 6, 1121)); /* it lives */
    CU_ASSERT(!lab_watch_silent(&watch, 1, 6, 1240));
    CU_ASSERT(lab_watch_silent(&watch, 1, 6, 1241));
    CU_ASSERT(lab_watch_silent(&watch, 2, 5, 1241));
    lab_watch_finish(&watch);
}

SUITE(schedule, {"the longest chain comes first", the_longest_chain_comes_first},
      {"cells of unknown length keep their order", cells_of_unknown_length_keep_their_order},
      {"threads go to the run that would outlast the rest",
       threads_go_to_the_run_that_would_outlast_the_rest},
      {"a single run takes every core", a_single_run_takes_every_core},
      {"memory and places hold a run back", memory_and_places_hold_a_run_back},
      {"the time left is that of the schedule", the_time_left_is_that_of_the_schedule},
      {"a dealt out schedule keeps all cores busy", a_dealt_out_schedule_keeps_all_cores_busy},
      {"the nearest run of the kind tells the time", the_nearest_run_of_the_kind_tells_the_time},
      {"memory goes with what a run holds", memory_goes_with_what_a_run_holds},
      {"silence is told by heartbeats that stand still",
       silence_is_told_by_heartbeats_that_stand_still})
