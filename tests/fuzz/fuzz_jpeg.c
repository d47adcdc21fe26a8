/* Whatever the bytes, a decoder refuses or fills exactly the pixels that it announced, of the whole
 * and of a part at some scale; and a part of what decodes whole decodes. */
#include "data/jpeg.h"
#include "fuzz.h"
#include <string.h>

enum { PIXELS_MAX = 1 << 18 }; /* larger announcements cost time and show nothing new */

/* A window and a scale that follow from the bytes; reads all that it was given. */
static vt_status decode_part(vt_jpeg *jpeg, const vt_image *image, const uint8_t *data, size_t size)
{
    static vt_buffer pixels;
    vt_error err;
    unsigned sum = 0;
    uint32_t draw[5] = {0};
    for (size_t i = 0; i < size; i++) draw[i % 5] = draw[i % 5] * 31 + data[i];
    vt_jpeg_part part = {.eighths = 1 << draw[4] % 4};
    isize across = (image->width * part.eighths + 7) / 8;
    isize down = (image->height * part.eighths + 7) / 8;
    part.left = draw[0] % across;
    part.top = draw[1] % down;
    part.width = 1 + draw[2] % (across - part.left);
    part.height = 1 + draw[3] % (down - part.top);
    vt_jpeg_part got = part;
    vt_status status = vt_jpeg_decode_part(&pixels, &got, jpeg, image, &err);
    if (status != VT_OK) return status;
    if (got.left > part.left || got.left + got.width < part.left + part.width) abort();
    if (got.left + got.width > across || got.top != part.top || got.height != part.height) abort();
    const unsigned char *at = pixels.data;
    for (isize i = 0; i < got.width * got.height * image->channels; i++) sum += at[i];
    return sum == 1 ? VT_ERR_IO : VT_OK; /* the reads must happen */
}

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
    vt_status whole = vt_jpeg_decode(pixels, jpeg, &image, &err);
    if (whole != VT_OK && whole != VT_ERR_FORMAT) abort();
    vt_status part = decode_part(jpeg, &image, data, size);
    if (part != VT_OK && (part != VT_ERR_FORMAT || whole == VT_OK)) abort();
    free(pixels);
    return 0;
}
