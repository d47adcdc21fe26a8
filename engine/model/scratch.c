#include "model/scratch.h"

static isize larger(isize a, isize b)
{
    return a > b ? a : b;
}

vt_scratch vt_scratch_plan(vt_arena *arena, const vt_scratch_size *size)
{
    isize N = size->rows, C = size->width, wide = 4 * C;
    vt_scratch scratch = {0};
    scratch.dx = VT_TAKE(arena, vt_real, N * C);
    scratch.dr = VT_TAKE(arena, vt_real, N * C);
    scratch.n = VT_TAKE(arena, vt_real, N * C);
    scratch.wide = VT_TAKE(arena, vt_real, N * wide);
    isize active = size->half ? larger(N * C, VT_SCRATCH_PIECE) : N * wide;
    scratch.active = VT_TAKE(arena, vt_real, active);
    if (size->recompute) scratch.hidden = VT_TAKE(arena, vt_real, N * wide);
    /* At most: the rows dy of an MLP, its active values, and their gradient. */
    if (size->half)
        scratch.half = VT_TAKE(arena, vt_bf16, N * larger(size->input + C, 2 * wide + C));
    if (size->half && size->weight) scratch.weight = VT_TAKE(arena, vt_bf16, size->weight);
    if (size->attention) scratch.attention = VT_TAKE(arena, vt_real, size->attention);
    return scratch;
}

vt_scratch_size vt_scratch_size_of_both(vt_scratch_size a, vt_scratch_size b)
{
    return (vt_scratch_size){.rows = larger(a.rows, b.rows),
                             .width = larger(a.width, b.width),
                             .input = larger(a.input, b.input),
                             .half = a.half || b.half,
                             .weight = larger(a.weight, b.weight),
                             .recompute = a.recompute || b.recompute,
                             .attention = larger(a.attention, b.attention)};
}
