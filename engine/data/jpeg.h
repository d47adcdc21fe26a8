/* data/jpeg.h - JPEG streams, through the only file that names libjpeg-turbo.
 *
 * Strict: whatever libjpeg warns about (data cut short, garbage between markers) counts as
 * damage. A decoder belongs to one thread and is reused from stream to stream.
 */
#ifndef VT_JPEG_H
#define VT_JPEG_H
#include "data/buffer.h"
#include "data/source.h"

typedef struct vt_jpeg vt_jpeg;
VT_CHECKED vt_status vt_jpeg_open(vt_jpeg **out, vt_error *err);
void vt_jpeg_close(vt_jpeg **jpeg); /* sets NULL; NULL is fine */

/* Reads the header of image->data, image->bytes and sets height, width, channels (1 grey, else 3).
 * SKIP_NONE: within the limits of source.h and of a known colour space; else why not, and a
 * sentence in *err. */
vt_skip vt_jpeg_measure(vt_image *image, vt_jpeg *jpeg, vt_error *err);

/* pixels: [height, width, channels] as image says. VT_ERR_FORMAT: damaged, or not the size and
 * kind that image says. */
VT_CHECKED vt_status vt_jpeg_decode(unsigned char *pixels, vt_jpeg *jpeg, const vt_image *image,
                                    vt_error *err);

/* A rectangle of the image at a scale of eighths / 8, by which n px become ceil(n eighths / 8). */
typedef struct {
    int eighths; /* 1, 2, 4 or 8: the scales that are faster than the whole */
    isize left, top, width, height;
} vt_jpeg_part;

/* What vt_jpeg_decode gives of the part (at 8 eighths to the last bit), without the work that the
 * rest would be: no row below it is read, and what lies above and beside it is read, but not
 * transformed. *part grows to what was decoded, which lies within the scaled image; pixels:
 * [height, width, channels] of that. Damage behind the part is not seen: whoever has to know
 * decodes whole. */
VT_CHECKED vt_status vt_jpeg_decode_part(vt_buffer *pixels, vt_jpeg_part *part, vt_jpeg *jpeg,
                                         const vt_image *image, vt_error *err);
#endif
