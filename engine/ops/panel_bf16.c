#include "ops/panel_bf16.h"
#if defined(__x86_64__) && !defined(VT_F64)
#include "ops/transpose.h"
#include <immintrin.h>
#include <string.h>

enum { LANES = 16 };

static vt_bf16 at(vt_factor_bf16 b, isize k, isize j)
{
    return b.data[b.trans == VT_N ? k * b.ld + j : j * b.ld + k];
}

static void pack_by_number(float *pairs, vt_factor_bf16 b, isize k, isize depth, isize j,
                           isize lanes)
{
    for (isize i = 0; i < depth; i += 2)
        for (isize l = 0; l < VT_PANEL; l++) {
            vt_bf16 pair[2] = {0, 0};
            if (l < lanes) pair[0] = at(b, k + i, j + l);
            if (l < lanes && i + 1 < depth) pair[1] = at(b, k + i + 1, j + l);
            memcpy(pairs + i / 2 * VT_PANEL + l, pair, sizeof pair);
        }
}

__attribute__((target("avx512f,avx512bw,avx512vl"))) static void
pack_rows(float *pairs, const vt_bf16 *from, isize ld, isize depth)
{
    for (isize i = 0; i < depth; i += 2)
        for (isize l = 0; l < VT_PANEL; l += LANES) {
            const vt_bf16 *low = from + i * ld + l, *high = low + ld;
            __m512i first = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i_u *)low));
            __m512i second = _mm512_cvtepu16_epi32(_mm256_loadu_si256((const __m256i_u *)high));
            _mm512_storeu_si512(pairs + i / 2 * VT_PANEL + l,
                                _mm512_or_si512(first, _mm512_slli_epi32(second, 16)));
        }
}

void vt_panel_pack(float *pairs, vt_factor_bf16 b, isize k, isize depth, isize j, isize lanes)
{
    isize even = 0; /* rows that are copied whole vectors at a time */
    const vt_bf16 *columns = b.data + j * b.ld + k;
    int in_pairs = b.ld % 2 == 0 && (uintptr_t)columns % sizeof *pairs == 0;
    if (lanes == VT_PANEL && (b.trans == VT_N || in_pairs)) even = depth - depth % 2;
    if (even > 0 && b.trans == VT_N)
        pack_rows(pairs, b.data + k * b.ld + j, b.ld, even);
    else if (even > 0) /* a pair moves as one number would */
        vt_transpose(pairs, VT_PANEL, (const void *)columns, b.ld / 2, VT_PANEL, even / 2);
    pack_by_number(pairs + even / 2 * VT_PANEL, b, k + even, depth - even, j, lanes);
}

#endif
