#include "base/arena.h"
#include "base/heap.h"

vt_status vt_arena_open(vt_arena *arena, vt_error *err)
{
    void *base = NULL;
    VT_ASSERT(!arena->base);
    vt_status status = vt_heap_alloc(&base, arena->used, err);
    if (status != VT_OK) return status;
    *arena = (vt_arena){.base = base, .used = 0, .capacity = arena->used};
    return VT_OK;
}

void vt_arena_close(vt_arena *arena)
{
    void *base = arena->base;
    vt_heap_free(&base);
    *arena = (vt_arena){0};
}

void *vt_arena_take(vt_arena *arena, isize count, isize bytes)
{
    VT_ASSERT(count >= 0 && bytes > 0 && count <= PTRDIFF_MAX / 2 / bytes);
    isize rounded = (count * bytes + 63) / 64 * 64;
    isize start = arena->used;
    VT_ASSERT(rounded <= PTRDIFF_MAX - start);
    arena->used += rounded;
    if (!arena->base) return NULL;
    VT_ASSERT(arena->used <= arena->capacity); /* the second plan asked for more than the first */
    return arena->base + start;
}
