#include "ops/amx.h"
#if defined(__x86_64__)
#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

static int granted(void)
{
    enum { REQUEST = 0x1023, TILE_DATA = 18 }; /* ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA */
    return syscall(SYS_arch_prctl, REQUEST, TILE_DATA) == 0;
}

int vt_amx_here(void)
{
    enum { BF16 = 1 << 22, TILE = 1 << 24 }; /* of edx; Intel's manual, CPUID leaf 7 */
    unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
    if (!__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx)) return 0;
    return (edx & BF16) && (edx & TILE) && granted();
}

#else

int vt_amx_here(void)
{
    return 0;
}

#endif
