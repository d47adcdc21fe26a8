/* Runs the suites that are linked into this program. CUnit sets no exit status and stays silent
 * about a suite whose tests never ran, so both are settled here. */
#include "check.h"
#include <CUnit/Basic.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static check_suite *suites;
static int skipped;

void check_register(check_suite *suite)
{
    suite->next = suites;
    suites = suite;
}

void check_near(const char *what, double got, double want, double tolerance)
{
    int near = fabs(got - want) <= tolerance;
    if (!near)
        (void)printf("\n    %s: got %.17g, want %.17g within %g\n", what, got, want, tolerance);
    CU_ASSERT(near);
}

void check_skip(const char *what, const char *why)
{
    (void)printf("\n    skipped: %s: %s\n", what, why);
    skipped++;
}

static int wanted(const char *name, int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        if (strcmp(argv[i], name) == 0) return 1;
    return argc < 2;
}

int main(int argc, char **argv)
{
    if (CU_initialize_registry() != CUE_SUCCESS) return 1;
    unsigned tests = 0, added = 0;
    for (check_suite *suite = suites; suite; suite = suite->next) {
        if (!wanted(suite->name, argc, argv)) continue;
        CU_SuiteInfo info[] = {{.pName = suite->name, .pTests = suite->tests}, CU_SUITE_INFO_NULL};
        if (CU_register_suites(info) != CUE_SUCCESS) return 1;
        for (CU_TestInfo *test = suite->tests; test->pName; test++) tests++;
        added++;
    }
    if (added == 0) {
        (void)fprintf(stderr, "no suite of that name\n");
        return 1;
    }
    CU_basic_set_mode(CU_BRM_VERBOSE);
    (void)CU_basic_run_tests();
    unsigned failed = CU_get_number_of_tests_failed(), ran = CU_get_number_of_tests_run();
    int good = failed == 0 && ran == tests && CU_get_number_of_suites_failed() == 0 &&
               CU_get_number_of_failures() == 0 && CU_get_number_of_suites_run() == added;
    CU_cleanup_registry();
    (void)printf("%u passed, %u failed, %d skipped\n", ran - failed, failed + (tests - ran),
                 skipped);
    return good ? 0 : 1;
}
