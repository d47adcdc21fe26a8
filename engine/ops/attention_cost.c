/* What attention costs, in memory and in arithmetic: the same for all instruction sets. */
#include "ops/attention.h"
#include "ops/attention_size.h"

isize vt_attention_work(isize T, isize d)
{
    isize width = VT_ATTENTION_WIDTH(d), forward, backward;
    /* v, the scores of a block, its qᵀ, its out */
    forward = T * width + VT_ATTENTION_BLOCK * (T + d + width);
    /* k, dk, dv, the scores and their gradients of a chunk, qᵀ and doutᵀ, q, dout and dq */
    backward = 3 * T * width + VT_ATTENTION_BLOCK * (2 * VT_ATTENTION_CHUNK + 2 * d + 3 * width);
    return forward > backward ? forward : backward;
}

int64_t vt_attention_flops(const vt_attention *a, int backward)
{
    int64_t pairs = 0;
    for (isize i = a->from; i < a->to; i++) pairs += i + 1 > a->prefix ? i + 1 : a->prefix;
    return pairs * a->d * 2 * (backward ? 5 : 2);
}
