/* data/shrink.h - images as pixels whose shorter side has a length of choice: what is read many
 * times at a small size need not be decoded each time.
 */
#ifndef VT_SHRINK_H
#define VT_SHRINK_H
#include "data/dataset.h"

enum { VT_SHRINK_MAX = 4096 };

/* Working memory, growing as images ask. */
typedef struct vt_shrink vt_shrink;
VT_CHECKED vt_status vt_shrink_open(vt_shrink **out, vt_error *err);
void vt_shrink_close(vt_shrink **shrink); /* sets NULL; NULL is fine */

/* pixels: those of *image, [height, width, channels]. *image becomes raw pixels with px on its
 * shorter side and the same aspect ratio, resampled as resize.h does and rounded to nearest; one
 * that is not larger keeps its size. Data is borrowed from shrink or pixels until the next call. */
VT_CHECKED vt_status vt_shrink_run(vt_image *image, const unsigned char *pixels, int px,
                                   vt_shrink *shrink, vt_error *err);
#endif
