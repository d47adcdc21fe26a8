/* Compiled once for each instruction set (see the Makefile), in loops that compilers vectorise. */
#include "ops/gelu.h"
#include "base/isa.h"
#include <math.h>
#include <string.h>

/* Both kernels are made of t = Phi(-a) and phi(a) at a = |x|, without a branch on the sign of x:
 *     gelu(x)  = max(x, 0) - a t
 *     gelu'(x) = 1/2 + sign(x) (1/2 - w), w = t - a phi(a)
 */
#ifdef VT_F64

static inline vt_real reach(vt_real x) /* a */
{
    return fabs(x);
}

static inline vt_real above_zero(vt_real x) /* max(x, 0) */
{
    return x < 0 ? 0 : x;
}

static inline vt_real with_sign_of(vt_real x, vt_real y) /* sign(x) y */
{
    return copysign(1, x) * y;
}

static inline vt_real normal_tail(vt_real a) /* Phi(-a) */
{
    return 0.5 * erfc(a * 0.70710678118654752440);
}

static inline vt_real normal_density(vt_real a) /* phi(a) */
{
    return 0.39894228040143267794 * exp(-0.5 * a * a);
}

#else

/* Roots of the two functions are flat enough for short polynomials, and a power costs a product
 * for each doubling: no division and no exp. The polynomials are fitted on 0 <= a <= FAR for the
 * least absolute error of the powers, and lie below 0 at FAR, so that from there on gelu is exactly
 * 0 or x and its slope 0 or 1. gelu is right within 2e-7 max(1, |x|), its slope within 4e-7,
 * roundings included. Even and odd terms go side by side: half as long a chain of products. */
#define FAR 7.5f

static inline float reach(float x)
{
    float a = fabsf(x);
    return a > FAR ? FAR : a;
}

/* On the bits, where floats above 0 are integers above 0: one instruction everywhere. A NaN may
 * become 0, but a = |x| stays one. */
static inline float above_zero(float x)
{
    int32_t bits = 0;
    memcpy(&bits, &x, sizeof bits);
    bits = bits > 0 ? bits : 0;
    memcpy(&x, &bits, sizeof x);
    return x;
}

static inline float with_sign_of(float x, float y)
{
    uint32_t x_bits = 0, y_bits = 0;
    memcpy(&x_bits, &x, sizeof x_bits);
    memcpy(&y_bits, &y, sizeof y_bits);
    y_bits ^= x_bits & 0x80000000;
    memcpy(&y, &y_bits, sizeof y);
    return y;
}

/* Phi(-a) = max(p(a), 0)^4, error 4.9e-8 */
static inline float normal_tail(float a)
{
    float u = a * a;
    float even = -3.42228623e-6f, odd = 5.87274044e-5f;
    even = even * u - 3.09153867e-4f;
    odd = odd * u - 3.03904053e-5f;
    even = even * u + 3.78839904e-3f;
    odd = odd * u + 4.65552555e-3f;
    even = even * u - 5.02000786e-2f;
    odd = odd * u - 1.67733639e-1f;
    even = even * u + 8.40896428e-1f;
    float p = above_zero(odd * a + even);
    p *= p;
    return p * p;
}

/* phi(a) = max(p(a^2), 0)^8; a phi(a) has error 6e-8 */
static inline float normal_density(float a)
{
    float u = a * a, uu = u * u;
    float even = 3.01451641e-11f, odd = -5.86390136e-9f;
    even = even * uu + 5.51013215e-7f;
    odd = odd * uu - 3.61773491e-5f;
    even = even * uu + 1.74090767e-3f;
    odd = odd * uu - 5.57174794e-2f;
    even = even * uu + 8.9148432e-1f;
    float p = above_zero(odd * u + even);
    p *= p;
    p *= p;
    return p * p;
}

#endif

void VT_ISA_OWN(vt_gelu_forward)(vt_real *y, const vt_real *x, isize n)
{
#pragma omp simd
    for (isize i = 0; i < n; i++) {
        vt_real a = reach(x[i]);
        y[i] = above_zero(x[i]) - a * normal_tail(a);
    }
}

void VT_ISA_OWN(vt_gelu_backward)(vt_real *dx, vt_real *y, const vt_real *x, const vt_real *dy,
                                  isize n)
{
    const vt_real half = (vt_real)0.5;
#pragma omp simd
    for (isize i = 0; i < n; i++) {
        vt_real x_i = x[i], a = reach(x_i), tail = normal_tail(a);
        vt_real w = tail - a * normal_density(a);
        dx[i] = dy[i] * (half + with_sign_of(x_i, half - w));
        y[i] = above_zero(x_i) - a * tail;
    }
}
