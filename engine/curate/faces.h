/* curate/faces.h - faces made unrecognisable, given where they are.
 *
 * Each box, grown by a tenth of its sides, is cut into at most 6 x 6 blocks; each becomes its mean
 * colour, and the border between blocks is then smoothed inside the box. What a block held cannot
 * be had again: images whose blocks have equal means become the same image.
 */
#ifndef VT_FACES_H
#define VT_FACES_H
#include "base/base.h"

typedef struct {
    isize left, top, right, bottom; /* px; right and bottom are outside */
} vt_face;

/* A box in shares of width and height (0 .. 1) as pixels of an image, grown, within the image. */
vt_face vt_face_of(double left, double top, double right, double bottom, int height, int width);
/* pixels: [height, width, channels], changed in place. */
void vt_face_blur(unsigned char *pixels, int height, int width, int channels, const vt_face *face);
#endif
