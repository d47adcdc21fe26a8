/* base/arena.h - memory that is planned once and dies together.
 *
 * An arena without a base only counts: the same plan function runs once to size and once to cut.
 *
 *     vt_arena arena = {0};
 *     model_plan(&model, &arena);                       counts
 *     status = vt_arena_open(&arena, err);              takes arena.used bytes, starts again at 0
 *     model_plan(&model, &arena);                       cuts
 *     vt_arena_close(&arena);
 *
 * A counting arena gives NULL; code that plans must not write through what it gets.
 */
#ifndef VT_ARENA_H
#define VT_ARENA_H
#include "base/error.h"

typedef struct {
    unsigned char *base;  /* NULL while counting */
    isize used, capacity; /* bytes */
} vt_arena;

VT_CHECKED vt_status vt_arena_open(vt_arena *arena, vt_error *err);
void vt_arena_close(vt_arena *arena);
/* count items of bytes each, zeroed, aligned to 64; NULL while counting. */
void *vt_arena_take(vt_arena *arena, isize count, isize bytes);
#define VT_TAKE(arena, type, count) ((type *)vt_arena_take((arena), (count), (isize)sizeof(type)))
#endif
