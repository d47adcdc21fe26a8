/* ops/simd.h - what loops in vectors are made of: functions that vectorise, and sums over lanes.
 *
 * Private to the files of this folder that are compiled once for each instruction set: without
 * branches and calls, so that each set has its own inline copy in its own vectors.
 */
#ifndef VT_SIMD_H
#define VT_SIMD_H
#include "base/base.h"
#include <math.h>
#include <string.h>

/* ---- sums ---- */

#if defined(__AVX512F__)
#define VECTOR 64
#elif defined(__AVX__)
#define VECTOR 32
#else
#define VECTOR 16
#endif
#ifdef VT_F64
#define LANES (VECTOR / 8)
#else
#define LANES (VECTOR / 4)
#endif

/* For sums over a row, which the compiler may not reorder: LANES sums side by side, then halves
 * onto each other. */
typedef vt_real vector __attribute__((vector_size(VECTOR), aligned(sizeof(vt_real)), may_alias));
typedef vt_real lanes_2 __attribute__((vector_size(2 * sizeof(vt_real))));
typedef vt_real lanes_4 __attribute__((vector_size(4 * sizeof(vt_real))));
typedef vt_real lanes_8 __attribute__((vector_size(8 * sizeof(vt_real))));
#define PART(v, ...) __builtin_shufflevector(v, v, __VA_ARGS__)

static inline vector lanes_at(const vt_real *x)
{
    return *(const vector *)x;
}

static inline vt_real lane_sum(vector v)
{
#if LANES == 16
    lanes_8 v_8 = PART(v, 0, 1, 2, 3, 4, 5, 6, 7) + PART(v, 8, 9, 10, 11, 12, 13, 14, 15);
#elif LANES == 8
    lanes_8 v_8 = v;
#endif
#if LANES >= 8
    lanes_4 v_4 = PART(v_8, 0, 1, 2, 3) + PART(v_8, 4, 5, 6, 7);
#elif LANES == 4
    lanes_4 v_4 = v;
#endif
#if LANES >= 4
    lanes_2 v_2 = PART(v_4, 0, 1) + PART(v_4, 2, 3);
#else
    lanes_2 v_2 = v;
#endif
    return v_2[0] + v_2[1];
}

/* ---- functions ---- */

/* The nearest bfloat16, of two the even one; beyond the largest, infinity; no number stays none; a
 * number too small for a normal float becomes 0, as it does in the CPU's own bf16 instructions. */
static inline vt_bf16 bf16_of(float x)
{
    uint32_t bits = 0;
    memcpy(&bits, &x, sizeof bits);
    uint32_t size = bits & 0x7fffffff;
    uint32_t near = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    uint32_t quiet = bits >> 16 | 0x40;
    uint32_t nothing = bits >> 16 & 0x8000;
    return (vt_bf16)(size > 0x7f800000 ? quiet : size < 0x800000 ? nothing : near);
}

#ifdef VT_F64

static inline vt_real exp_fast(vt_real x)
{
    return exp(x);
}

#else

/* exp for x <= 88, 0 below -87.7, by x = n ln 2 + r. 2^n goes into the exponent; e^r on
 * |r| <= ln 2 / 2 is 1 + r p(r), p fitted for the least relative error, 9e-8; with rounding 2e-7.
 */
static inline float exp_fast(float x)
{
    const float least = -88.02969193f;     /* -127 ln 2: there the exponent's bits are 0 */
    const float shift = 12582912.0f + 127; /* 1.5 * 2^23 + bias: adding it rounds to an integer */
    x = x < least ? least : x;
    float shifted = x * 1.44269504088896341f + shift; /* n + 127 stands in its lowest bits */
    float n = shifted - shift;
    float r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    float p = 8.29022961e-3f;
    p = p * r + 4.18983913e-2f;
    p = p * r + 1.66676401e-1f;
    p = p * r + 4.99991461e-1f;
    p = p * r + 9.99999705e-1f;
    p = p * r + 1.0f;
    uint32_t bits = 0;
    float power = 0;
    memcpy(&bits, &shifted, sizeof bits);
    bits <<= 23;
    memcpy(&power, &bits, sizeof power);
    return p * power;
}

#endif
#endif
