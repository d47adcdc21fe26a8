/* data/png.h - pictures as PNG files, through the only file that names libpng. */
#ifndef VT_PNG_H
#define VT_PNG_H
#include "base/error.h"

/* pixels [height, width, channels], channels 1 (grey) or 3 (RGB). The file appears whole or not at
 * all (base/file.h). sha256 (65 bytes) and *bytes: of the file. */
VT_CHECKED vt_status vt_png_write(const char *path, const unsigned char *pixels, int width,
                                  int height, int channels, isize *bytes, char *sha256,
                                  vt_error *err);
#endif
