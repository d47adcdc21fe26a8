#include "data/jpeg_write.h"
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>

#include <jpeglib.h> /* does not include what it needs of stdio.h */

enum { FIRST_BYTES = 1 << 14, FULL_COLOUR = 90 };

typedef struct {
    struct jpeg_compress_struct codec;
    struct jpeg_error_mgr errors;
    struct jpeg_destination_mgr to;
    jmp_buf failed;
    vt_buffer *out;
    vt_status status;
    vt_error *err;
} writer;

/* ---- what libjpeg calls ---- */

static _Noreturn void complain(j_common_ptr codec)
{
    writer *w = codec->client_data;
    char text[JMSG_LENGTH_MAX];
    codec->err->format_message(codec, text);
    if (w->status == VT_OK) w->status = vt_fail(w->err, VT_ERR_FORMAT, "JPEG: %s", text);
    longjmp(w->failed, 1);
}

static void begin(j_compress_ptr codec)
{
    writer *w = codec->client_data;
    w->to.next_output_byte = w->out->data;
    w->to.free_in_buffer = (size_t)w->out->bytes;
}

/* The buffer is full: all of it has been used. */
static boolean grow(j_compress_ptr codec)
{
    writer *w = codec->client_data;
    isize used = w->out->bytes;
    w->status = vt_buffer_reserve(w->out, 2 * used, w->err);
    if (w->status != VT_OK) longjmp(w->failed, 1);
    w->to.next_output_byte = (JOCTET *)w->out->data + used;
    w->to.free_in_buffer = (size_t)(w->out->bytes - used);
    return TRUE;
}

static void end(j_compress_ptr codec)
{
    (void)codec;
}

/* ---- writing ---- */

static void write_all(writer *w, const unsigned char *pixels, int channels, int quality)
{
    struct jpeg_compress_struct *codec = &w->codec;
    codec->input_components = channels;
    codec->in_color_space = channels == 1 ? JCS_GRAYSCALE : JCS_RGB;
    jpeg_set_defaults(codec);
    jpeg_set_quality(codec, quality, TRUE);
    if (channels == 3 && quality >= FULL_COLOUR)
        codec->comp_info[0].h_samp_factor = codec->comp_info[0].v_samp_factor = 1;
    codec->dct_method = JDCT_ISLOW; /* the same bits with and without vector units */
    jpeg_start_compress(codec, TRUE);
    isize row_bytes = (isize)codec->image_width * channels;
    while (codec->next_scanline < codec->image_height) {
        JSAMPROW row = (JSAMPROW)(uintptr_t)(pixels + (isize)codec->next_scanline * row_bytes);
        (void)jpeg_write_scanlines(codec, &row, 1);
    }
    jpeg_finish_compress(codec);
}

vt_status vt_jpeg_write(vt_buffer *out, isize *bytes, const unsigned char *pixels, int height,
                        int width, int channels, int quality, vt_error *err)
{
    writer w = {.out = out, .err = err};
    *bytes = 0;
    vt_status status = vt_buffer_reserve(out, FIRST_BYTES, err);
    if (status != VT_OK) return status;
    w.codec.err = jpeg_std_error(&w.errors);
    w.errors.error_exit = complain;
    w.codec.client_data = &w;
    if (setjmp(w.failed) == 0) {
        jpeg_create_compress(&w.codec);
        w.to.init_destination = begin;
        w.to.empty_output_buffer = grow;
        w.to.term_destination = end;
        w.codec.dest = &w.to;
        w.codec.image_height = (JDIMENSION)height;
        w.codec.image_width = (JDIMENSION)width;
        write_all(&w, pixels, channels, quality);
        *bytes = out->bytes - (isize)w.to.free_in_buffer;
    }
    jpeg_destroy_compress(&w.codec);
    return w.status;
}
