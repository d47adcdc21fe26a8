/* check.h - how a test file names its tests: sentences, in a suite that registers itself.
 *
 *     static void parameter_gradients_accumulate(void) { CU_ASSERT(...); }
 *     SUITE(linear, {"parameter gradients accumulate", parameter_gradients_accumulate})
 *
 * tests/main.c runs every suite that is linked in, or those named on the command line, and exits
 * with 0 only if every test of every suite ran and passed.
 */
#ifndef CHECK_H
#define CHECK_H
#include <CUnit/CUnit.h>

typedef struct check_suite {
    const char *name;
    CU_TestInfo *tests;
    struct check_suite *next;
} check_suite;

void check_register(check_suite *suite);
/* Asserts |got - want| <= tolerance and prints all three where it is not so. NaN never is. */
void check_near(const char *what, double got, double want, double tolerance);
/* Prints why a part of a test was left out; the summary counts these. */
void check_skip(const char *what, const char *why);

#define SUITE(NAME, ...)                                                                           \
    static CU_TestInfo NAME##_tests[] = {__VA_ARGS__, CU_TEST_INFO_NULL};                          \
    static check_suite NAME##_suite = {#NAME, NAME##_tests, 0};                                    \
    __attribute__((constructor)) static void NAME##_register(void)                                 \
    {                                                                                              \
        check_register(&NAME##_suite);                                                             \
    }
#endif
