/* base/base.h - the words that every engine file is written in. */
#ifndef VT_BASE_H
#define VT_BASE_H
#include <stddef.h>
#include <stdint.h>

typedef ptrdiff_t isize; /* every count and index: differences are safe, overflow is seen */

/* The number that tensors are made of: double in the f64 flavour, where gradients are checked. */
#ifdef VT_F64
typedef double vt_real;
#else
typedef float vt_real;
#endif

typedef uint16_t vt_bf16; /* bfloat16: the upper half of a float */

#define VT_CHECKED __attribute__((warn_unused_result))

/* A broken contract between two pieces of the engine: message and abort, in release builds too. */
#define VT_ASSERT(condition)                                                                       \
    ((condition) ? (void)0 : vt_assert_fail(#condition, __FILE__, __LINE__))
_Noreturn void vt_assert_fail(const char *condition, const char *file, int line);

static inline isize vt_min(isize a, isize b)
{
    return a < b ? a : b;
}

#endif
