/* The learning rate at the places where a schedule goes wrong: its ends and its corner. */
#include "check.h"
#include "optim/schedule.h"
#include <math.h>

static void warm_up_rises_in_a_straight_line(void)
{
    vt_schedule s = {.start = 1e-6, .peak = 1e-3, .final = 1e-5, .warmup = 0.1, .steps = 100};
    CU_ASSERT_EQUAL(vt_schedule_at(&s, 0), 1e-6);
    check_near("half way up", vt_schedule_at(&s, 5), (1e-6 + 1e-3) / 2, 1e-18);
    check_near("before the top", vt_schedule_at(&s, 9), 1e-6 + 0.9 * (1e-3 - 1e-6), 1e-18);
    check_near("the top", vt_schedule_at(&s, 10), 1e-3, 1e-18);
}

static void the_cosine_falls_from_peak_to_final(void)
{
    vt_schedule s = {.start = 1e-6, .peak = 1e-3, .final = 1e-5, .warmup = 0.1, .steps = 100};
    check_near("half way down", vt_schedule_at(&s, 55), (1e-3 + 1e-5) / 2, 1e-18);
    /* 1 + cos(pi 2/3) = 1/2 at two thirds of the way */
    check_near("two thirds", vt_schedule_at(&s, 70), 1e-5 + 0.25 * (1e-3 - 1e-5), 1e-17);
    double last = vt_schedule_at(&s, 99), gap = acos(-1) / 90;
    check_near("last step", last, 1e-5 + 0.5 * (1e-3 - 1e-5) * (1 - cos(gap)), 1e-17);
    for (int64_t step = 11; step < 100; step++)
        CU_ASSERT(vt_schedule_at(&s, step) < vt_schedule_at(&s, step - 1));
}

static void without_a_warm_up_the_first_step_has_the_peak(void)
{
    vt_schedule s = {.start = 1e-6, .peak = 0.5, .final = 0, .warmup = 0, .steps = 4};
    CU_ASSERT_EQUAL(vt_schedule_at(&s, 0), 0.5);
    check_near("half way", vt_schedule_at(&s, 2), 0.25, 1e-16);
    CU_ASSERT(vt_schedule_at(&s, 3) > 0);
}

static void a_schedule_of_warm_up_alone_only_rises(void)
{
    vt_schedule s = {.start = 0.1, .peak = 0.5, .final = 0, .warmup = 1, .steps = 4};
    for (int64_t step = 0; step < 4; step++)
        check_near("rise", vt_schedule_at(&s, step), 0.1 + 0.1 * (double)step, 1e-16);
}

static void a_schedule_of_one_step_is_finite(void)
{
    for (int w = 0; w <= 4; w++) {
        vt_schedule s = {.start = 0.1, .peak = 0.5, .final = 0, .warmup = w / 4.0, .steps = 1};
        CU_ASSERT_EQUAL(vt_schedule_at(&s, 0), w ? 0.1 : 0.5);
    }
}

static void final_may_lie_above_the_peak(void)
{
    vt_schedule s = {.start = 0, .peak = 0.25, .final = 0.5, .warmup = 0, .steps = 2};
    CU_ASSERT_EQUAL(vt_schedule_at(&s, 0), 0.25);
    check_near("half way", vt_schedule_at(&s, 1), 0.375, 1e-16);
}

SUITE(schedule, {"warm-up rises in a straight line", warm_up_rises_in_a_straight_line},
      {"the cosine falls from peak to final", the_cosine_falls_from_peak_to_final},
      {"without a warm-up the first step has the peak",
       without_a_warm_up_the_first_step_has_the_peak},
      {"a schedule of warm-up alone only rises", a_schedule_of_warm_up_alone_only_rises},
      {"a schedule of one step is finite", a_schedule_of_one_step_is_finite},
      {"final may lie above the peak", final_may_lie_above_the_peak})
