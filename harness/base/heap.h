/* base/heap.h - the only door to malloc.
 *
 * Memory is zeroed. Where there is none left the program says so and ends with exit code 3:
 * everything that the ledger acknowledged is on disk at any instant, so nothing is lost by it,
 * and no caller needs a second path for a failure that it cannot mend.
 */
#ifndef LAB_HEAP_H
#define LAB_HEAP_H
#include "base/base.h"

/* Owned by the caller, never NULL; bytes >= 0. */
void *lab_heap_take(isize bytes);
/* Grows block (NULL is fine) from bytes_old to bytes_new, keeping its content; the rest is zero. */
void *lab_heap_grow(void *block, isize bytes_old, isize bytes_new);
/* A copy of text that the caller owns. */
char *lab_heap_text(const char *text);
void lab_heap_free(void *block); /* NULL is fine */
#endif
