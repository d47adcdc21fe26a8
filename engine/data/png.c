#include "data/png.h"
#include "base/file.h"
#include "base/heap.h"
#include <png.h>

static vt_status keep(const char *path, const void *data, isize size, isize *bytes, char *sha256,
                      vt_error *err)
{
    vt_writer *writer = NULL;
    vt_status status = vt_writer_open(&writer, path, err);
    if (status == VT_OK) status = vt_writer_put(writer, data, size, err);
    if (status == VT_OK) status = vt_writer_commit(writer, sha256, err);
    vt_writer_close(&writer);
    *bytes = size;
    return status;
}

vt_status vt_png_write(const char *path, const unsigned char *pixels, int width, int height,
                       int channels, isize *bytes, char *sha256, vt_error *err)
{
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = channels == 1 ? PNG_FORMAT_GRAY : PNG_FORMAT_RGB};
    png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(image);
    void *file = NULL;
    vt_status status = vt_heap_alloc(&file, (isize)size, err);
    if (status != VT_OK) return status;
    if (!png_image_write_to_memory(&image, file, &size, 0, pixels, 0, NULL))
        status = vt_fail(err, VT_ERR_IO, "%s: %s", path, image.message);
    else
        status = keep(path, file, (isize)size, bytes, sha256, err);
    png_image_free(&image);
    vt_heap_free(&file);
    return status;
}
