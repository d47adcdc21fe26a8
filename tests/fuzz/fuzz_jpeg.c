/* Whatever the bytes, a decoder refuses or fills exactly the pixels that it announced. */
#include "data/jpeg.h"
#include "fuzz.h"

enum { PIXELS_MAX = 1 << 18 }; /* larger announcements cost time and show nothing new */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static vt_jpeg *jpeg;
    vt_error err;
    vt_image image = {.data = data, .bytes = (isize)size};
    if (!jpeg && vt_jpeg_open(&jpeg, &err) != VT_OK) abort();
    if (vt_jpeg_measure(&image, jpeg, &err) != VT_SKIP_NONE) return 0;
    if ((isize)image.height * image.width > PIXELS_MAX) return 0;
    unsigned char *pixels = malloc((size_t)(image.height * image.width * image.channels));
    if (!pixels) abort();
    vt_status status = vt_jpeg_decode(pixels, jpeg, &image, &err);
    if (status != VT_OK && status != VT_ERR_FORMAT) abort();
    free(pixels);
    return 0;
}
