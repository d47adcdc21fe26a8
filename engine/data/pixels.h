/* data/pixels.h - mean and standard deviation of the training split's pixels.
 *
 * Every pixel counts once, in [0, 1]. Sums are of integers, image by image. Where both kinds of
 * image occur, grey ones count in each channel.
 */
#ifndef VT_PIXELS_H
#define VT_PIXELS_H
#include "base/base.h"

enum { VT_PIXELS_LUMA = 3 }; /* its place after the channels */

typedef struct {
    double sum[4], squares[4]; /* R, G, B, luma * 1000 */
    double count;              /* pixels */
} vt_pixels;

typedef struct {
    double mean[4], std[4]; /* R, G, B, luma; std is 1 where nothing varies */
} vt_pixels_summary;

/* pixels: [count, channels], channels 1 or 3. */
void vt_pixels_put(vt_pixels *sums, const unsigned char *pixels, isize count, int channels);
void vt_pixels_add(vt_pixels *sums, const vt_pixels *more);
vt_pixels_summary vt_pixels_summarise(const vt_pixels *sums);
#endif
