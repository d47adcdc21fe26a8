#include "base/heap.h"
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = 64 }; /* a cache line, and the widest vector */

static atomic_uint_least64_t allocations;

/* Zeroed by calloc, which leaves a large block's pages untouched: what is planned for the worst
 * case and never used takes no memory. Where the raw block starts is kept just before what the
 * caller gets. */
vt_status vt_heap_alloc(void **out, isize bytes, vt_error *err)
{
    *out = NULL;
    VT_ASSERT(bytes >= 0);
    unsigned char *raw = NULL;
    if (bytes <= PTRDIFF_MAX - 2 * ALIGNMENT) raw = calloc(1, (size_t)bytes + 2 * ALIGNMENT);
    if (!raw) return vt_fail(err, VT_ERR_MEMORY, "out of memory: %td bytes wanted", bytes);
    unsigned char *block = raw + 2 * ALIGNMENT - (uintptr_t)raw % ALIGNMENT;
    memcpy(block - sizeof raw, &raw, sizeof raw);
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
    unsigned char *raw = NULL;
    if (*block) memcpy(&raw, (unsigned char *)*block - sizeof raw, sizeof raw);
    free(raw);
    *block = NULL;
}

uint64_t vt_heap_count(void)
{
    return atomic_load(&allocations);
}
