#include "base/profile.h"
#include <stdatomic.h>
#include <time.h>

int vt_profiling;

static struct {
    atomic_int_least64_t ns, flops, bytes, calls;
} sums[VT_PART_COUNT];

int64_t vt_profile_now(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void vt_profile_record(vt_part part, int64_t from, int64_t flops, int64_t bytes)
{
    (void)atomic_fetch_add(&sums[part].ns, vt_profile_now() - from);
    (void)atomic_fetch_add(&sums[part].flops, flops);
    (void)atomic_fetch_add(&sums[part].bytes, bytes);
    (void)atomic_fetch_add(&sums[part].calls, 1);
}

void vt_profile_reset(void)
{
    for (int i = 0; i < VT_PART_COUNT; i++) {
        atomic_store(&sums[i].ns, 0);
        atomic_store(&sums[i].flops, 0);
        atomic_store(&sums[i].bytes, 0);
        atomic_store(&sums[i].calls, 0);
    }
}

vt_profile_sum vt_profile_sum_of(vt_part part)
{
    return (vt_profile_sum){atomic_load(&sums[part].ns), atomic_load(&sums[part].flops),
                            atomic_load(&sums[part].bytes), atomic_load(&sums[part].calls)};
}

const char *vt_profile_name(vt_part part)
{
#define NAME(part, what) what,
    static const char *const names[] = {VT_PARTS(NAME)};
#undef NAME
    return names[part];
}
