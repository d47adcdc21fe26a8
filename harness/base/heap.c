#include "base/heap.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *found(void *block, isize bytes)
{
    if (block) return block;
    (void)fprintf(stderr, "patchlaw: out of memory: %td bytes wanted\n", bytes);
    exit(3);
}

void *lab_heap_take(isize bytes)
{
    LAB_ASSERT(bytes >= 0);
    return found(calloc(1, bytes > 0 ? (size_t)bytes : 1), bytes);
}

void *lab_heap_grow(void *block, isize bytes_old, isize bytes_new)
{
    LAB_ASSERT(bytes_old >= 0 && bytes_new >= bytes_old);
    char *grown = found(realloc(block, bytes_new > 0 ? (size_t)bytes_new : 1), bytes_new);
    memset(grown + bytes_old, 0, (size_t)(bytes_new - bytes_old));
    return grown;
}

char *lab_heap_text(const char *text)
{
    isize bytes = (isize)strlen(text) + 1;
    return memcpy(lab_heap_take(bytes), text, (size_t)bytes);
}

void lab_heap_free(void *block)
{
    free(block);
}
