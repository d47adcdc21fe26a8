/* data/planes.h - loops over planes of pixels, one table for each instruction set.
 *
 * planes.c is compiled once for each set of base/isa.h. All tables give the same bits: every value
 * is made by the same roundings in the same order, so that an image is the same on every CPU.
 * Values are pixels in [0, 255]; "clamped" means into that range. Nothing here allocates or fails.
 */
#ifndef VT_PLANES_H
#define VT_PLANES_H
#include "base/base.h"
#include "base/isa.h"

typedef struct {
    /* x = factor x + rest, clamped */
    void (*line)(vt_real *x, isize n, vt_real factor, vt_real rest);
    /* x = factor x + (1 - factor) y, clamped */
    void (*blend)(vt_real *x, const vt_real *y, isize n, vt_real factor);
    /* y = 0.299 R + 0.587 G + 0.114 B (Rec. 601); planes [3, n]; y may be one of them. */
    void (*luma)(vt_real *y, const vt_real *planes, isize n);
    double (*sum)(const vt_real *x, isize n);
    /* Hue of planes [3, n] by turn, 1 being the whole circle (HSV; torchvision's adjust_hue). */
    void (*turn_hue)(vt_real *planes, isize n, vt_real turn);
    void (*solarize)(vt_real *x, isize n, vt_real threshold); /* x = 255 - x from there on */
    /* y[i] = sum over t of weight[t] x[i + t step]; y may not be x. */
    void (*filter)(vt_real *y, const vt_real *x, isize n, const vt_real *weight, isize taps,
                   isize step);
} vt_planes;

extern const vt_planes vt_planes_portable, vt_planes_avx2, vt_planes_avx512;

static inline const vt_planes *vt_planes_now(void)
{
    return VT_ISA_TABLE(vt_planes, vt_isa_best());
}
#endif
