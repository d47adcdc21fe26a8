/* data/markers.h - what a JPEG's markers say before anything is decoded or reserved: its kind of
 * coding, and which way up it was taken (EXIF).
 */
#ifndef VT_MARKERS_H
#define VT_MARKERS_H
#include "base/base.h"

typedef struct {
    int precision; /* bits a sample; 0: no frame was found */
    int height, width, components;
    int progressive; /* 1: coded in several scans */
    int orientation; /* of EXIF, 1 .. 8; 1 where nothing is said */
} vt_markers;

/* Reads the segments before the first scan; of anything that is not as it should be, nothing. */
vt_markers vt_markers_read(const unsigned char *data, isize bytes);

/* Which pixel of the stored image stands at (y, x) of the upright one, whose sides are exchanged
 * where orientation is 5 or more. */
typedef struct {
    isize first, row, column; /* pixels: first + y * row + x * column */
} vt_upright;
vt_upright vt_upright_of(int orientation, int height, int width); /* of the stored image */
/* out: the upright image; pixels: the stored one [height, width, channels]. */
void vt_upright_copy(unsigned char *out, const unsigned char *pixels, int height, int width,
                     int channels, int orientation);
#endif
