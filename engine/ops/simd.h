/* ops/simd.h - scalar functions for loops that the compiler vectorises.
 *
 * Private to the files of this folder that are compiled once for each instruction set: without
 * branches and calls, so that each set has its own inline copy in its own vectors.
 */
#ifndef VT_SIMD_H
#define VT_SIMD_H
#include "base/base.h"
#include <math.h>
#include <string.h>

static inline vt_real magnitude(vt_real x)
{
    return x < 0 ? -x : x;
}

/* The nearest bfloat16, of two the even one; beyond the largest, infinity; no number stays none. */
static inline vt_bf16 bf16_of(float x)
{
    uint32_t bits = 0;
    memcpy(&bits, &x, sizeof bits);
    uint32_t near = (bits + 0x7fff + (bits >> 16 & 1)) >> 16;
    uint32_t quiet = bits >> 16 | 0x40;
    return (vt_bf16)((bits & 0x7fffffff) > 0x7f800000 ? quiet : near);
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
