#include "data/names.h"
#include "base/heap.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int printable(const char *text, isize bytes)
{
    for (isize i = 0; i < bytes; i++) {
        unsigned char c = (unsigned char)text[i];
        if (c < 32 || c == 127) return 0;
    }
    return 1;
}

vt_status vt_names_add(vt_names *names, const char *text, isize bytes, vt_error *err)
{
    if (bytes < 1 || bytes > VT_NAME_MAX || !printable(text, bytes)) {
        return vt_fail(err, VT_ERR_CONFIG,
                       "class %td: its name must have 1 to %d bytes and no control characters",
                       names->count, VT_NAME_MAX);
    }
    vt_status status =
        vt_buffer_reserve(&names->items, (names->count + 1) * (isize)sizeof(char *), err);
    if (status != VT_OK) return status;
    void *copy = NULL;
    status = vt_heap_alloc(&copy, bytes + 1, err);
    if (status != VT_OK) return status;
    memcpy(copy, text, (size_t)bytes);
    ((char **)names->items.data)[names->count++] = copy;
    return VT_OK;
}

vt_status vt_names_number(vt_names *names, isize count, vt_error *err)
{
    vt_status status = VT_OK;
    for (isize i = 0; i < count && status == VT_OK; i++) {
        char text[24];
        int bytes = snprintf(text, sizeof text, "%td", i);
        status = vt_names_add(names, text, bytes, err);
    }
    return status;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

vt_status vt_names_check(const vt_names *names, vt_error *err)
{
    if (names->count < 2) return VT_OK;
    void *block = NULL;
    isize bytes = names->count * (isize)sizeof(char *);
    vt_status status = vt_heap_alloc(&block, bytes, err);
    if (status != VT_OK) return status;
    char **sorted = block;
    memcpy(sorted, names->items.data, (size_t)bytes);
    qsort(sorted, (size_t)names->count, sizeof *sorted, compare);
    for (isize i = 1; i < names->count && status == VT_OK; i++) {
        if (strcmp(sorted[i - 1], sorted[i]) == 0)
            status = vt_fail(err, VT_ERR_CONFIG, "two classes are named \"%s\"", sorted[i]);
    }
    vt_heap_free(&block);
    return status;
}

const char *const *vt_names_list(const vt_names *names)
{
    return names->items.data;
}

void vt_names_finish(vt_names *names)
{
    for (isize i = 0; i < names->count; i++) {
        void *text = ((char **)names->items.data)[i];
        vt_heap_free(&text);
    }
    vt_buffer_finish(&names->items);
    names->count = 0;
}
