/* Chooses among the tables of kernels.c what this CPU can run. */
#include "ops/kernels.h"
#include <stdlib.h>
#include <string.h>

static const vt_kernels *chosen = &vt_kernels_portable;

const vt_kernels *vt_kernels_at(int i)
{
    if (i == 0) return &vt_kernels_portable;
#if defined(__x86_64__)
    __builtin_cpu_init();
    int avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
    int avx512 = avx2 && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
                 __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw");
    if (i == 1 && avx2) return &vt_kernels_avx2;
    if (i == 2 && avx512) return &vt_kernels_avx512;
#endif
    return NULL;
}

const vt_kernels *vt_kernels_now(void)
{
    return chosen;
}

int vt_kernels_setup(void)
{
    const char *wanted = getenv("VT_ISA");
    int named = !wanted || !*wanted;
    for (int i = 0; vt_kernels_at(i); i++) {
        chosen = vt_kernels_at(i);
        if (wanted && strcmp(chosen->name, wanted) == 0) return 1;
    }
    return named;
}
