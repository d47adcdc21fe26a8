/* data/jpeg_write.h - pixels as a JPEG stream: baseline, without metadata. */
#ifndef VT_JPEG_WRITE_H
#define VT_JPEG_WRITE_H
#include "data/buffer.h"

/* pixels: [height, width, channels], channels 1 or 3, sides 1 .. 65500. quality: 1 .. 100 of
 * libjpeg; from 90 on colour has the full resolution (4:4:4), below the half (4:2:0). The stream is
 * the first *bytes of out. The same pixels give the same bytes. */
VT_CHECKED vt_status vt_jpeg_write(vt_buffer *out, isize *bytes, const unsigned char *pixels,
                                   int height, int width, int channels, int quality, vt_error *err);
#endif
