/* base/index.h - numbers by name: where a thing stands in a list, found without a walk through it.
 *
 *     lab_index index = {0};
 *     isize first = lab_index_put(&index, name, i);   i where the name is new
 *     lab_index_finish(&index);
 */
#ifndef LAB_INDEX_H
#define LAB_INDEX_H
#include "base/base.h"
#include <stdint.h>

typedef struct {
    char *name; /* owned; NULL: a free place */
    isize number;
} lab_index_entry;

typedef struct {
    lab_index_entry *entries; /* owned; a hash table with open addressing, at most half full */
    isize count, capacity;    /* capacity: a power of two, or 0 */
} lab_index;

/* The number that was first put under the name, which is the given one where there was none. */
isize lab_index_put(lab_index *index, const char *name, isize number);
isize lab_index_find(const lab_index *index, const char *name); /* -1: none */
/* A copy of the name, the same one each time; borrowed until lab_index_finish. */
const char *lab_index_keep(lab_index *index, const char *name);
void lab_index_finish(lab_index *index);
#endif
