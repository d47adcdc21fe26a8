/* A task beside the calling thread: it runs once, and what it wrote is seen when it is over. */
#include "check.h"
#include "par/aside.h"

static vt_error err;

static void add(void *context)
{
    isize *sum = context;
    for (isize i = 1; i <= 1000; i++) *sum += i;
}

static void what_a_task_wrote_is_seen_when_it_is_over(void)
{
    vt_aside *aside = NULL;
    isize sum = 0;
    CU_ASSERT_EQUAL_FATAL(vt_aside_open(&aside, &err), VT_OK);
    CU_ASSERT_FALSE(vt_aside_busy(aside));
    for (int i = 1; i <= 20; i++) {
        vt_aside_start(aside, add, &sum);
        while (vt_aside_busy(aside)) continue;
        CU_ASSERT_EQUAL(sum, i * 500500);
    }
    vt_aside_close(&aside);
    CU_ASSERT_PTR_NULL(aside);
    vt_aside_close(&aside);
}

static void closing_waits_for_the_task(void)
{
    vt_aside *aside = NULL;
    isize sum = 0;
    CU_ASSERT_EQUAL_FATAL(vt_aside_open(&aside, &err), VT_OK);
    vt_aside_start(aside, add, &sum);
    vt_aside_close(&aside);
    CU_ASSERT_EQUAL(sum, 500500);
}

SUITE(aside,
      {"what a task wrote is seen when it is over", what_a_task_wrote_is_seen_when_it_is_over},
      {"closing waits for the task", closing_waits_for_the_task})
