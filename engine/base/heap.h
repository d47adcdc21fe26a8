/* base/heap.h - the only door to malloc.
 *
 * Everything lives in arenas; the heap serves what an arena stands on, and buffers whose size is
 * known only while outside bytes are being read. Memory is zeroed and aligned to 64 bytes.
 */
#ifndef VT_HEAP_H
#define VT_HEAP_H
#include "base/error.h"

/* *out is owned by the caller; NULL on failure (VT_ERR_MEMORY). bytes >= 0. */
VT_CHECKED vt_status vt_heap_alloc(void **out, isize bytes, vt_error *err);
/* Grows *block from bytes_old to bytes_new, keeping its content; *block is unchanged on failure. */
VT_CHECKED vt_status vt_heap_grow(void **block, isize bytes_old, isize bytes_new, vt_error *err);
/* Sets *block to NULL; NULL is fine. */
void vt_heap_free(void **block);
/* Allocations so far: a test asserts that it does not move between two training steps. */
uint64_t vt_heap_count(void);
#endif
