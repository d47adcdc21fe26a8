#include "data/shrink.h"
#include "base/heap.h"
#include "data/buffer.h"
#include "data/resize.h"
#include <math.h>

struct vt_shrink {
    vt_resizer *resizer;
    vt_buffer planes, pixels;
};

vt_status vt_shrink_open(vt_shrink **out, vt_error *err)
{
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_shrink), err);
    *out = block;
    if (status == VT_OK) status = vt_resizer_open(&(*out)->resizer, err);
    if (status != VT_OK) vt_shrink_close(out);
    return status;
}

void vt_shrink_close(vt_shrink **shrink)
{
    if (!*shrink) return;
    vt_resizer_close(&(*shrink)->resizer);
    vt_buffer_finish(&(*shrink)->planes);
    vt_buffer_finish(&(*shrink)->pixels);
    void *block = *shrink;
    vt_heap_free(&block);
    *shrink = NULL;
}

static isize scaled(isize length, isize shorter, isize px)
{
    return (isize)lround((double)length * (double)px / (double)shorter);
}

vt_status vt_shrink_run(vt_image *image, const unsigned char *pixels, int px, vt_shrink *shrink,
                        vt_error *err)
{
    isize shorter = vt_min(image->height, image->width), channels = image->channels;
    VT_ASSERT(px >= 1 && px <= VT_SHRINK_MAX);
    image->jpeg = 0;
    image->data = pixels;
    image->bytes = (isize)image->height * image->width * channels;
    if (shorter <= px) return VT_OK;
    isize height = scaled(image->height, shorter, px), width = scaled(image->width, shorter, px);
    isize count = height * width;
    vt_resize_job job = {.pixels = pixels,
                         .row_bytes = (isize)image->width * channels,
                         .channels = image->channels,
                         .rows = vt_span_whole(0, image->height, height),
                         .columns = vt_span_whole(0, image->width, width)};
    vt_status status =
        vt_buffer_reserve(&shrink->planes, count * channels * (isize)sizeof(vt_real), err);
    if (status == VT_OK) status = vt_buffer_reserve(&shrink->pixels, count * channels, err);
    if (status == VT_OK) status = vt_resizer_run(shrink->planes.data, shrink->resizer, &job, err);
    if (status != VT_OK) return status;
    const vt_real *planes = shrink->planes.data;
    unsigned char *made = shrink->pixels.data;
    for (isize i = 0; i < count; i++)
        for (isize c = 0; c < channels; c++)
            made[i * channels + c] = (unsigned char)((double)planes[c * count + i] + 0.5);
    image->data = made;
    image->height = (int)height;
    image->width = (int)width;
    image->bytes = count * channels;
    return VT_OK;
}
