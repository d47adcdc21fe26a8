/* base/profile.h - where the time goes, part by part, for patchlaw-engine profile and make bench.
 *
 *     int64_t from = vt_profile_from();
 *     ... work ...
 *     vt_profile_add(VT_PART_GEMM_DX, from, flops, bytes);
 *
 * Off, which it is unless somebody asks, both cost a look at one flag. On, the nanoseconds and the
 * work of all threads are added up.
 */
#ifndef VT_PROFILE_H
#define VT_PROFILE_H
#include "base/base.h"

/* VT_PARTS(P) expands P(NAME, "what it is"). */
#define VT_PARTS(P)                                                                                \
    P(READ, "reading and cropping images")                                                         \
    P(GEMM_FORWARD, "products, forward")                                                           \
    P(GEMM_DX, "products, input gradient")                                                         \
    P(GEMM_DW, "products, weight gradient")                                                        \
    P(ROUND, "rounding to bf16")                                                                   \
    P(ATTENTION_FORWARD, "attention, forward")                                                     \
    P(ATTENTION_BACKWARD, "attention, backward")                                                   \
    P(GELU, "GELU, both ways")                                                                     \
    P(NORM, "LayerNorm, both ways")                                                                \
    P(ROWS, "copies, sums and positions")                                                          \
    P(LOSS, "targets and loss")                                                                    \
    P(WAIT, "waiting for the shard before")                                                        \
    P(REDUCE, "sum of shards and norm")                                                            \
    P(OPTIMISER, "AdamW")

#define VT_PART_ENUM(NAME, what) VT_PART_##NAME,
typedef enum { VT_PARTS(VT_PART_ENUM) VT_PART_COUNT } vt_part;
#undef VT_PART_ENUM

typedef struct {
    int64_t ns, flops, bytes, calls;
} vt_profile_sum;

extern int vt_profiling; /* set between steps, by one thread */

int64_t vt_profile_now(void); /* ns, monotonic */
void vt_profile_record(vt_part part, int64_t from, int64_t flops, int64_t bytes);
void vt_profile_reset(void);
vt_profile_sum vt_profile_sum_of(vt_part part);
const char *vt_profile_name(vt_part part); /* what it is; static */

static inline int64_t vt_profile_from(void)
{
    return vt_profiling ? vt_profile_now() : 0;
}
/* flops: multiply and add counted as two; bytes: read and written, at the least. */
static inline void vt_profile_add(vt_part part, int64_t from, int64_t flops, int64_t bytes)
{
    if (vt_profiling) vt_profile_record(part, from, flops, bytes);
}
#endif
