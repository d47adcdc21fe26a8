#include "base/index.h"
#include "base/heap.h"
#include <string.h>

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325U;
    for (const char *c = name; *c; c++) hash = (hash ^ (unsigned char)*c) * 0x100000001b3U;
    return hash;
}

/* The entry of a name, or the free place where it would stand. */
static lab_index_entry *place_of(const lab_index *index, const char *name)
{
    isize i = (isize)(hash_of(name) & (uint64_t)(index->capacity - 1));
    while (index->entries[i].name && strcmp(index->entries[i].name, name) != 0)
        i = (i + 1) & (index->capacity - 1);
    return &index->entries[i];
}

static void grow(lab_index *index)
{
    lab_index old = *index;
    index->capacity = old.capacity ? 2 * old.capacity : 16;
    index->entries = lab_heap_take(index->capacity * (isize)sizeof *index->entries);
    for (isize i = 0; i < old.capacity; i++)
        if (old.entries[i].name) *place_of(index, old.entries[i].name) = old.entries[i];
    lab_heap_free(old.entries);
}

static lab_index_entry *entry_of(lab_index *index, const char *name, isize number)
{
    if (2 * (index->count + 1) > index->capacity) grow(index);
    lab_index_entry *entry = place_of(index, name);
    if (!entry->name) {
        *entry = (lab_index_entry){lab_heap_text(name), number};
        index->count++;
    }
    return entry;
}

isize lab_index_put(lab_index *index, const char *name, isize number)
{
    return entry_of(index, name, number)->number;
}

isize lab_index_find(const lab_index *index, const char *name)
{
    const lab_index_entry *entry = index->count ? place_of(index, name) : NULL;
    return entry && entry->name ? entry->number : -1;
}

const char *lab_index_keep(lab_index *index, const char *name)
{
    return entry_of(index, name, 0)->name;
}

void lab_index_finish(lab_index *index)
{
    for (isize i = 0; i < index->capacity; i++) lab_heap_free(index->entries[i].name);
    lab_heap_free(index->entries);
    *index = (lab_index){0};
}
