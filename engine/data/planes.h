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

enum { VT_TILE_ROWS = 16, VT_TILE_BLOCK = 64 };

/* Output i is the sum over t < taps of weight[i, t] times sample first[i] + t. */
typedef struct {
    isize *first;    /* [count] */
    vt_real *weight; /* [count, taps] */
    isize taps, count;
} vt_taps;

typedef struct {
    const unsigned char *pixels;
    isize row_bytes, across; /* across: bytes of a row that are wanted */
} vt_pixel_rows;

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

    /* Resampling (resize.h). weight[t] = k((from + t - centre) / wide) over the sum of all;
     * exact: [taps], for its own use. */
    void (*cubic)(vt_real *weight, double *exact, double from, double centre, double wide,
                  isize taps);
    /* tile[i, l] for l < rows: output y + l of down, from the rows of x; i < x.across. spare:
     * [rows that they read, VT_TILE_BLOCK]. */
    void (*mix_rows)(vt_real *tile, vt_pixel_rows x, const vt_taps *down, isize y, isize rows,
                     vt_real *spare);
    /* y[l, i] = output i of along, of lane l < rows and channel c of the tile; clamped. */
    void (*mix_columns)(vt_real *y, const vt_real *tile, int channels, int c, const vt_taps *along,
                        isize rows);
    /* y = scale x + shift; flip: x from its end. */
    void (*place)(vt_real *y, const vt_real *x, isize n, vt_real scale, vt_real shift, int flip);
} vt_planes;

extern const vt_planes vt_planes_portable, vt_planes_avx2, vt_planes_avx512;

static inline const vt_planes *vt_planes_now(void)
{
    return VT_ISA_TABLE(vt_planes, vt_isa_best());
}
#endif
