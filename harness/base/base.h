/* base/base.h - the words that every harness file is written in. */
#ifndef LAB_BASE_H
#define LAB_BASE_H
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef ptrdiff_t isize; /* every count and index: differences are safe, overflow is seen */

#define LAB_CHECKED __attribute__((warn_unused_result))

/* A broken contract between two pieces of the harness: message and abort, in release too. */
#define LAB_ASSERT(condition)                                                                      \
    ((condition) ? (void)0 : lab_assert_fail(#condition, __FILE__, __LINE__))
_Noreturn void lab_assert_fail(const char *condition, const char *file, int line);

#endif
