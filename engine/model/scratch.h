/* model/scratch.h - what a worker brings along to compute a part of a model. */
#ifndef VT_SCRATCH_H
#define VT_SCRATCH_H
#include "base/arena.h"
#include "par/pool.h"

/* Storage that lives no longer than the part that uses it; the turn of the shard under way among
 * those that share a gradient buffer, from 0; and who may help. */
typedef struct {
    isize turn;
    vt_pool *pool;        /* borrowed: whose free workers take slices; NULL: nobody does */
    int slices;           /* of each product, at most; 0 and 1: products are not cut */
    vt_real *dx, *dr, *n; /* [N, C] gradients of the stream; normed rows or their gradient */
    vt_real *wide;        /* [N, 4C] */
    vt_real *active;      /* [N, 4C]; [N, C] where active values are rounded as they are made */
    vt_real *hidden;      /* [N, 4C] of a block that is computed again; NULL without recompute */
    vt_bf16 *half;        /* rows that products read, in bf16; NULL: they read vt_real */
    vt_bf16 *weight;      /* the same of one weight, where parameters have no copy in bf16 */
    vt_real *attention;   /* see ops/attention.h; NULL where there is none */
} vt_scratch;

typedef struct {
    isize rows, width; /* N, C: the largest of the parts that share the scratch */
    isize input;       /* width of the widest rows that a product reads, where above 4C, or 0 */
    int half;          /* 1: products in bf16 */
    isize weight;      /* numbers of the largest weight without a copy in bf16, or 0 */
    int recompute;     /* 1: blocks are computed again */
    isize attention;   /* vt_real of attention scratch */
} vt_scratch_size;

/* Numbers of active, at least, where half is asked for: active values that are rounded go through a
 * piece of so many, in the nearest cache. */
enum { VT_SCRATCH_PIECE = 1024 };

vt_scratch vt_scratch_plan(vt_arena *arena, const vt_scratch_size *size);
/* What serves parts of both sizes. */
vt_scratch_size vt_scratch_size_of_both(vt_scratch_size a, vt_scratch_size b);
#endif
