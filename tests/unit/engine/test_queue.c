/* Whose turn it is: fair among hosts, in order within one, never more than a host may have. */
#include "check.h"
#include "fetch/queue.h"
#include <math.h>

enum { JOBS = 64 };
static vt_job jobs[JOBS];
static vt_error err;

static vt_queue *queue_of(int per_host)
{
    vt_queue *queue = NULL;
    CU_ASSERT_EQUAL_FATAL(vt_queue_open(&queue, per_host, &err), VT_OK);
    return queue;
}

static void put(vt_queue *queue, int job, const char *host)
{
    CU_ASSERT_EQUAL(vt_queue_put(queue, &jobs[job], host, 0, &err), VT_OK);
}

static int next(vt_queue *queue, double now_s)
{
    vt_job *job = vt_queue_next(queue, now_s);
    return job ? (int)(job - jobs) : -1;
}

static void hosts_take_turns(void)
{
    vt_queue *queue = queue_of(8);
    for (int i = 0; i < 3; i++) put(queue, i, "a");
    put(queue, 3, "b");
    for (int i = 4; i < 6; i++) put(queue, i, "c");
    static const int want[] = {0, 3, 4, 1, 5, 2, -1};
    CU_ASSERT_EQUAL(vt_queue_waiting(queue), 6);
    for (int i = 0; i < 7; i++) CU_ASSERT_EQUAL(next(queue, 0), want[i]);
    CU_ASSERT_EQUAL(vt_queue_waiting(queue), 0);
    vt_queue_close(&queue);
}

static void a_host_has_no_more_than_its_share(void)
{
    vt_queue *queue = queue_of(2);
    for (int i = 0; i < 5; i++) put(queue, i, "a");
    CU_ASSERT_EQUAL(next(queue, 0), 0);
    CU_ASSERT_EQUAL(next(queue, 0), 1);
    CU_ASSERT_EQUAL(next(queue, 0), -1);
    put(queue, 5, "b");
    CU_ASSERT_EQUAL(next(queue, 0), 5);
    vt_queue_done(queue, &jobs[1]);
    CU_ASSERT_EQUAL(next(queue, 0), 2);
    CU_ASSERT_EQUAL(next(queue, 0), -1);
    vt_queue_close(&queue);
}

static void what_is_tried_again_waits_for_its_time(void)
{
    vt_queue *queue = queue_of(4);
    for (int i = 0; i < 3; i++) put(queue, i, "a");
    CU_ASSERT_EQUAL(next(queue, 10), 0);
    CU_ASSERT_EQUAL(vt_queue_again(queue, &jobs[0], 12, 0, &err), VT_OK);
    check_near("due", vt_queue_due(queue), 12, 0);
    CU_ASSERT_EQUAL(next(queue, 11), 1);
    CU_ASSERT_EQUAL(vt_queue_again(queue, &jobs[1], 11.5, 0, &err), VT_OK);
    CU_ASSERT_EQUAL(next(queue, 11), 2);
    CU_ASSERT_EQUAL(next(queue, 11), -1);
    CU_ASSERT_EQUAL(next(queue, 12), 1);
    CU_ASSERT_EQUAL(next(queue, 12), 0);
    CU_ASSERT_TRUE(isinf(vt_queue_due(queue)));
    vt_queue_close(&queue);
}

static void a_host_that_asks_for_it_is_left_alone(void)
{
    vt_queue *queue = queue_of(4);
    for (int i = 0; i < 4; i++) put(queue, i, "a");
    CU_ASSERT_EQUAL(next(queue, 0), 0);
    CU_ASSERT_EQUAL(next(queue, 0), 1);
    CU_ASSERT_EQUAL(vt_queue_again(queue, &jobs[0], 3, 5, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_queue_again(queue, &jobs[1], 3, 7, &err), VT_OK);
    put(queue, 4, "b");
    CU_ASSERT_EQUAL(next(queue, 4), 4);
    CU_ASSERT_EQUAL(next(queue, 6), -1);
    CU_ASSERT_EQUAL(next(queue, 7), 2);
    CU_ASSERT_EQUAL(next(queue, 7), 3);
    CU_ASSERT_EQUAL(next(queue, 7), 0);
    CU_ASSERT_EQUAL(next(queue, 7), 1);
    vt_queue_close(&queue);
}

static void every_job_comes_once_whatever_happens(void)
{
    vt_queue *queue = queue_of(3);
    int left = JOBS, tries[JOBS] = {0}, under_way[7] = {0};
    double now = 0;
    for (int i = 0; i < JOBS; i++) {
        const char host[2] = {(char)('a' + i % 7), 0};
        put(queue, i, host);
    }
    int running[JOBS], count = 0;
    while (left > 0) {
        int job = next(queue, now);
        if (job >= 0) {
            CU_ASSERT_TRUE(++under_way[job % 7] <= 3);
            running[count++] = job;
            continue;
        }
        if (count == 0) {
            CU_ASSERT_FALSE_FATAL(isinf(vt_queue_due(queue)));
            now = vt_queue_due(queue);
            continue;
        }
        job = running[--count];
        under_way[job % 7]--;
        if (++tries[job] <= job % 3) {
            CU_ASSERT_EQUAL(
                vt_queue_again(queue, &jobs[job], now + job, job % 5 ? 0 : now + 9, &err), VT_OK);
        } else {
            vt_queue_done(queue, &jobs[job]);
            left--;
        }
    }
    for (int i = 0; i < JOBS; i++) CU_ASSERT_EQUAL(tries[i], 1 + i % 3);
    CU_ASSERT_EQUAL(vt_queue_waiting(queue), 0);
    vt_queue_close(&queue);
}

SUITE(queue, {"hosts take turns", hosts_take_turns},
      {"a host has no more than its share", a_host_has_no_more_than_its_share},
      {"what is tried again waits for its time", what_is_tried_again_waits_for_its_time},
      {"a host that asks for it is left alone", a_host_that_asks_for_it_is_left_alone},
      {"every job comes once, whatever happens", every_job_comes_once_whatever_happens})
