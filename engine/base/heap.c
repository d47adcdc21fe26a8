#include "base/heap.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 }; /* a cache line, and the widest vector */

static atomic_uint_least64_t allocations;

vt_status vt_heap_alloc(void **out, isize bytes, vt_error *err)
{
    *out = NULL;
    VT_ASSERT(bytes >= 0);
    size_t rounded = ((size_t)bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    if (rounded == 0) rounded = ALIGNMENT;
    void *block = aligned_alloc(ALIGNMENT, rounded);
    if (!block) return vt_fail(err, VT_ERR_MEMORY, "out of memory: %td bytes wanted", bytes);
    memset(block, 0, rounded);
    atomic_fetch_add(&allocations, 1);
    *out = block;
    return VT_OK;
}

vt_status vt_heap_grow(void **block, isize bytes_old, isize bytes_new, vt_error *err)
{
    void *grown = NULL;
    vt_status status = vt_heap_alloc(&grown, bytes_new, err);
    if (status != VT_OK) return status;
    VT_ASSERT(grown);
    if (*block) memcpy(grown, *block, (size_t)vt_min(bytes_old, bytes_new));
    vt_heap_free(block);
    *block = grown;
    return VT_OK;
}

void vt_heap_free(void **block)
{
    free(*block);
    *block = NULL;
}

uint64_t vt_heap_count(void)
{
    return atomic_load(&allocations);
}
