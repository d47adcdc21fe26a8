#include "data/jpeg.h"
#include "base/heap.h"
#include <setjmp.h>
#include <stdio.h>

#include <jpeglib.h> /* does not include what it needs of stdio.h */

enum { SCANS_MAX = 100 }; /* of a progressive stream: a few bytes a scan can cost seconds each */

struct vt_jpeg {
    struct jpeg_decompress_struct codec;
    struct jpeg_error_mgr errors;
    struct jpeg_progress_mgr progress;
    jmp_buf failed;
    vt_error *err; /* of the call in progress */
};

/* ---- libjpeg's way to fail: every complaint ends the call ---- */

static _Noreturn void complain(j_common_ptr codec)
{
    vt_jpeg *jpeg = codec->client_data;
    char text[JMSG_LENGTH_MAX];
    codec->err->format_message(codec, text);
    (void)vt_fail(jpeg->err, VT_ERR_FORMAT, "JPEG: %s", text);
    longjmp(jpeg->failed, 1);
}

static void warn(j_common_ptr codec, int level)
{
    if (level < 0) complain(codec);
}

static void watch(j_common_ptr codec)
{
    vt_jpeg *jpeg = codec->client_data;
    if (jpeg->codec.input_scan_number <= SCANS_MAX) return;
    (void)vt_fail(jpeg->err, VT_ERR_FORMAT, "JPEG: more than %d scans", SCANS_MAX);
    longjmp(jpeg->failed, 1);
}

/* ---- lifecycle ---- */

vt_status vt_jpeg_open(vt_jpeg **out, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_jpeg), err);
    if (status != VT_OK) return status;
    vt_jpeg *jpeg = block;
    jpeg->codec.err = jpeg_std_error(&jpeg->errors);
    jpeg->errors.error_exit = complain;
    jpeg->errors.emit_message = warn;
    jpeg->progress.progress_monitor = watch;
    jpeg->codec.client_data = jpeg;
    jpeg->err = err;
    if (setjmp(jpeg->failed)) {
        vt_jpeg_close(&jpeg);
        return VT_ERR_MEMORY;
    }
    jpeg_create_decompress(&jpeg->codec);
    jpeg->codec.progress = &jpeg->progress;
    *out = jpeg;
    return VT_OK;
}

void vt_jpeg_close(vt_jpeg **jpeg)
{
    if (!*jpeg) return;
    jpeg_destroy_decompress(&(*jpeg)->codec);
    void *block = *jpeg;
    vt_heap_free(&block);
    *jpeg = NULL;
}

/* ---- reading ---- */

static vt_skip measure(vt_image *image, vt_jpeg *jpeg)
{
    struct jpeg_decompress_struct *codec = &jpeg->codec;
    jpeg_mem_src(codec, image->data, (unsigned long)image->bytes);
    (void)jpeg_read_header(codec, TRUE);
    image->jpeg = 1;
    image->height = (int)codec->image_height;
    image->width = (int)codec->image_width;
    image->channels = codec->jpeg_color_space == JCS_GRAYSCALE ? 1 : 3;
    if (image->channels == 3 && codec->jpeg_color_space != JCS_YCbCr &&
        codec->jpeg_color_space != JCS_RGB) {
        (void)vt_fail(jpeg->err, VT_ERR_FORMAT, "JPEG: neither grey nor RGB (%d components)",
                      codec->num_components);
        return VT_SKIP_COLOUR;
    }
    if ((int64_t)image->height * image->width > VT_IMAGE_PIXELS_MAX) {
        (void)vt_fail(jpeg->err, VT_ERR_FORMAT, "JPEG: %d x %d px, more than %d in all",
                      image->height, image->width, (int)VT_IMAGE_PIXELS_MAX);
        return VT_SKIP_LARGE;
    }
    return VT_SKIP_NONE;
}

vt_skip vt_jpeg_measure(vt_image *image, vt_jpeg *jpeg, vt_error *err)
{
    if (image->bytes < 3 || image->data[0] != 0xFF || image->data[1] != 0xD8 ||
        image->data[2] != 0xFF) {
        (void)vt_fail(err, VT_ERR_FORMAT, "does not begin as a JPEG does");
        return VT_SKIP_FOREIGN;
    }
    if (image->bytes > VT_JPEG_BYTES_MAX) {
        (void)vt_fail(err, VT_ERR_FORMAT, "%td bytes, more than %d", image->bytes,
                      (int)VT_JPEG_BYTES_MAX);
        return VT_SKIP_LARGE;
    }
    jpeg->err = err;
    volatile vt_skip skip = VT_SKIP_DAMAGED;
    if (setjmp(jpeg->failed) == 0) skip = measure(image, jpeg);
    jpeg_abort_decompress(&jpeg->codec);
    return skip;
}

/* Reads the header and chooses how samples become pixels. */
static vt_status prepare(vt_jpeg *jpeg, const vt_image *image)
{
    struct jpeg_decompress_struct *codec = &jpeg->codec;
    vt_image found = {.data = image->data, .bytes = image->bytes};
    vt_skip skip = measure(&found, jpeg);
    if (skip != VT_SKIP_NONE) return VT_ERR_FORMAT;
    if (found.height != image->height || found.width != image->width ||
        found.channels != image->channels) {
        return vt_fail(jpeg->err, VT_ERR_FORMAT,
                       "JPEG: is %d x %d px with %d channels, wanted %d x %d with %d", found.height,
                       found.width, found.channels, image->height, image->width, image->channels);
    }
    codec->out_color_space = image->channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    codec->dct_method = JDCT_ISLOW; /* the same bits with and without vector units */
    return VT_OK;
}

static void read_rows(struct jpeg_decompress_struct *codec, unsigned char *pixels, isize rows,
                      isize row_bytes)
{
    for (isize done = 0; done < rows;) {
        JSAMPROW row = pixels + done * row_bytes;
        done += (isize)jpeg_read_scanlines(codec, &row, 1);
    }
}

static vt_status decode(unsigned char *pixels, vt_jpeg *jpeg, const vt_image *image)
{
    struct jpeg_decompress_struct *codec = &jpeg->codec;
    vt_status status = prepare(jpeg, image);
    if (status != VT_OK) return status;
    (void)jpeg_start_decompress(codec);
    read_rows(codec, pixels, image->height, (isize)image->width * image->channels);
    (void)jpeg_finish_decompress(codec);
    return VT_OK;
}

vt_status vt_jpeg_decode(unsigned char *pixels, vt_jpeg *jpeg, const vt_image *image, vt_error *err)
{
    jpeg->err = err;
    volatile vt_status status = VT_ERR_FORMAT;
    if (setjmp(jpeg->failed) == 0) status = decode(pixels, jpeg, image);
    jpeg_abort_decompress(&jpeg->codec);
    return status;
}

/* At the edge of what is decoded, libjpeg interpolates colour from one side alone: a column more on
 * either side keeps the part as it is in the whole. */
static void widen(vt_jpeg_part *part, isize across)
{
    enum { EDGE = 2 };
    isize right = vt_min(part->left + part->width + EDGE, across);
    part->left = part->left > EDGE ? part->left - EDGE : 0;
    part->width = right - part->left;
}

static vt_status decode_part(vt_buffer *pixels, vt_jpeg_part *part, vt_jpeg *jpeg,
                             const vt_image *image)
{
    struct jpeg_decompress_struct *codec = &jpeg->codec;
    vt_status status = prepare(jpeg, image);
    if (status != VT_OK) return status;
    codec->scale_num = (unsigned)part->eighths;
    codec->scale_denom = 8;
    (void)jpeg_start_decompress(codec);
    isize across = (isize)codec->output_width, down = (isize)codec->output_height;
    VT_ASSERT(part->left >= 0 && part->width >= 1 && part->left + part->width <= across);
    VT_ASSERT(part->top >= 0 && part->height >= 1 && part->top + part->height <= down);
    widen(part, across);
    if (part->width < across) {
        JDIMENSION left = (JDIMENSION)part->left, width = (JDIMENSION)part->width;
        jpeg_crop_scanline(codec, &left, &width);
        part->left = (isize)left;
        part->width = (isize)width;
    }
    isize row_bytes = part->width * image->channels;
    status = vt_buffer_reserve(pixels, part->height * row_bytes, jpeg->err);
    if (status != VT_OK) return status;
    if (part->top > 0) (void)jpeg_skip_scanlines(codec, (JDIMENSION)part->top);
    read_rows(codec, pixels->data, part->height, row_bytes);
    return VT_OK;
}

vt_status vt_jpeg_decode_part(vt_buffer *pixels, vt_jpeg_part *part, vt_jpeg *jpeg,
                              const vt_image *image, vt_error *err)
{
    VT_ASSERT(part->eighths == 1 || part->eighths == 2 || part->eighths == 4 || part->eighths == 8);
    jpeg->err = err;
    volatile vt_status status = VT_ERR_FORMAT;
    if (setjmp(jpeg->failed) == 0) status = decode_part(pixels, part, jpeg, image);
    jpeg_abort_decompress(&jpeg->codec);
    return status;
}
