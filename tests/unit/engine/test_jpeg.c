/* Parts of a JPEG, against the same pixels of the whole: every kind of sampling, sizes that end
 * within a block, windows at every edge, scales. */
#include "base/rng.h"
#include "check.h"
#include "data/jpeg.h"
#include "data_fixture.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { W = 149, H = 117 };
static unsigned char drawn[W * H * 3], whole[W * H * 3], jpeg[FIXTURE_JPEG_MAX];
static const fixture_picture kinds[] = {
    {drawn, W, H, 3, 444, 0}, {drawn, W, H, 3, 422, 0},   {drawn, W, H, 3, 440, 0},
    {drawn, W, H, 3, 420, 0}, {drawn, W, H, 3, 411, 0},   {drawn, W, H, 3, 420, 1},
    {drawn, W, H, 1, 444, 0}, {drawn, 64, 48, 3, 420, 0}, {drawn, 5, 3, 3, 420, 0}};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Smooth, with edges and grain: no channel is flat anywhere. */
static void draw(const fixture_picture *p)
{
    vt_rng rng = vt_rng_at(1, VT_RNG_TEST, 0, 0);
    for (int y = 0; y < p->height; y++)
        for (int x = 0; x < p->width; x++)
            for (int c = 0; c < p->channels; c++) {
                double v = 110 + 60 * sin(0.11 * x * (c + 1)) + 40 * cos(0.07 * y + c);
                if ((x / 19 + y / 13) % 3 == c) v += 40;
                v += 16 * vt_rng_unit(&rng);
                drawn[(y * p->width + x) * p->channels + c] = (unsigned char)fmin(fmax(v, 0), 255);
            }
}

static vt_image encoded(const fixture_picture *p)
{
    draw(p);
    return (vt_image){.data = jpeg,
                      .bytes = fixture_jpeg_of(jpeg, p),
                      .width = p->width,
                      .height = p->height,
                      .channels = p->channels,
                      .jpeg = 1};
}

static isize differences(const unsigned char *part, const vt_jpeg_part *p, isize across,
                         int channels)
{
    isize wrong = 0;
    for (isize y = 0; y < p->height; y++)
        for (isize x = 0; x < p->width * channels; x++)
            wrong += part[y * p->width * channels + x] !=
                     whole[((p->top + y) * across + p->left) * channels + x];
    return wrong;
}

/* The middle of what was decoded, as wide as it was asked for. */
static isize wrong_of(const vt_buffer *pixels, const vt_jpeg_part *asked, const vt_jpeg_part *got,
                      isize across, int channels)
{
    isize wrong = 0;
    CU_ASSERT(got->left <= asked->left && got->top == asked->top && got->height == asked->height);
    CU_ASSERT(got->left + got->width >= asked->left + asked->width);
    for (isize y = 0; y < asked->height; y++) {
        vt_jpeg_part row = {.left = asked->left, .top = asked->top + y, .height = 1};
        row.width = asked->width;
        const unsigned char *data = pixels->data;
        data += (y * got->width + asked->left - got->left) * channels;
        wrong += differences(data, &row, across, channels);
    }
    return wrong;
}

static vt_jpeg_part drawn_part(vt_rng *rng, int eighths, isize across, isize down)
{
    vt_jpeg_part p = {.eighths = eighths};
    p.left = (isize)vt_rng_below(rng, (uint64_t)across);
    p.top = (isize)vt_rng_below(rng, (uint64_t)down);
    p.width = 1 + (isize)vt_rng_below(rng, (uint64_t)(across - p.left));
    p.height = 1 + (isize)vt_rng_below(rng, (uint64_t)(down - p.top));
    return p;
}

static void a_part_is_a_part_of_the_whole(void)
{
    vt_error err = {{0}};
    vt_jpeg *codec = NULL;
    vt_buffer pixels = {0};
    vt_rng rng = vt_rng_at(2, VT_RNG_TEST, 0, 0);
    CU_ASSERT_EQUAL(vt_jpeg_open(&codec, &err), VT_OK);
    for (int k = 0; k < KINDS; k++) {
        vt_image image = encoded(&kinds[k]);
        isize wrong = 0;
        CU_ASSERT_EQUAL(vt_jpeg_decode(whole, codec, &image, &err), VT_OK);
        for (int i = 0; i < 60; i++) {
            vt_jpeg_part asked = drawn_part(&rng, 8, image.width, image.height), got = asked;
            CU_ASSERT_EQUAL(vt_jpeg_decode_part(&pixels, &got, codec, &image, &err), VT_OK);
            wrong += wrong_of(&pixels, &asked, &got, image.width, image.channels);
        }
        check_near("pixels of parts that are not those of the whole", (double)wrong, 0, 0);
    }
    vt_buffer_finish(&pixels);
    vt_jpeg_close(&codec);
}

static void a_scaled_part_is_a_part_of_the_scaled_whole(void)
{
    vt_error err = {{0}};
    vt_jpeg *codec = NULL;
    vt_buffer pixels = {0};
    vt_rng rng = vt_rng_at(3, VT_RNG_TEST, 0, 0);
    CU_ASSERT_EQUAL(vt_jpeg_open(&codec, &err), VT_OK);
    for (int k = 0; k < KINDS; k++)
        for (int eighths = 1; eighths < 8; eighths *= 2) {
            vt_image image = encoded(&kinds[k]);
            isize wrong = 0, across = (image.width * eighths + 7) / 8;
            isize down = (image.height * eighths + 7) / 8;
            vt_jpeg_part all = {.eighths = eighths, .width = across, .height = down};
            CU_ASSERT_EQUAL(vt_jpeg_decode_part(&pixels, &all, codec, &image, &err), VT_OK);
            CU_ASSERT(all.left == 0 && all.top == 0 && all.width == across && all.height == down);
            memcpy(whole, pixels.data, (size_t)(across * down * image.channels));
            for (int i = 0; i < 20; i++) {
                vt_jpeg_part asked = drawn_part(&rng, eighths, across, down), got = asked;
                CU_ASSERT_EQUAL(vt_jpeg_decode_part(&pixels, &got, codec, &image, &err), VT_OK);
                wrong += wrong_of(&pixels, &asked, &got, across, image.channels);
            }
            check_near("pixels of scaled parts that are not those of the scaled whole",
                       (double)wrong, 0, 0);
        }
    vt_buffer_finish(&pixels);
    vt_jpeg_close(&codec);
}

/* At half the size a pixel is about the mean of the four that it stands for. */
static void a_scaled_image_is_the_image_made_small(void)
{
    vt_error err = {{0}};
    vt_jpeg *codec = NULL;
    vt_buffer pixels = {0};
    vt_image image = encoded(&kinds[0]);
    vt_jpeg_part half = {.eighths = 4, .width = (W + 1) / 2, .height = (H + 1) / 2};
    double sum = 0;
    CU_ASSERT_EQUAL(vt_jpeg_open(&codec, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_jpeg_decode(whole, codec, &image, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_jpeg_decode_part(&pixels, &half, codec, &image, &err), VT_OK);
    const unsigned char *small = pixels.data;
    for (int y = 0; y < H / 2; y++)
        for (int x = 0; x < W / 2; x++)
            for (int c = 0; c < 3; c++) {
                const unsigned char *at = whole + (2 * y * W + 2 * x) * 3 + c;
                int mean = (at[0] + at[3] + at[3 * W] + at[3 * W + 3] + 2) / 4;
                sum += abs(mean - small[(y * half.width + x) * 3 + c]);
            }
    check_near("mean difference to the mean of four", sum / (H / 2 * (W / 2) * 3), 0, 3);
    CU_ASSERT(sum > 0);
    vt_buffer_finish(&pixels);
    vt_jpeg_close(&codec);
}

static void damage_in_a_part_is_seen(void)
{
    vt_error err = {{0}};
    vt_jpeg *codec = NULL;
    vt_buffer pixels = {0};
    vt_image image = encoded(&kinds[3]);
    CU_ASSERT_EQUAL(vt_jpeg_open(&codec, &err), VT_OK);
    vt_jpeg_part upper = {.eighths = 8, .left = 30, .width = 50, .height = 16};
    vt_jpeg_part lower = {.eighths = 8, .left = 30, .top = H - 16, .width = 50, .height = 16};
    image.bytes /= 2;
    CU_ASSERT_EQUAL(vt_jpeg_decode_part(&pixels, &upper, codec, &image, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_jpeg_decode_part(&pixels, &lower, codec, &image, &err), VT_ERR_FORMAT);
    CU_ASSERT(strlen(err.text) > 10);
    vt_buffer_finish(&pixels);
    vt_jpeg_close(&codec);
}

SUITE(jpeg, {"a part is a part of the whole", a_part_is_a_part_of_the_whole},
      {"a scaled part is a part of the scaled whole", a_scaled_part_is_a_part_of_the_scaled_whole},
      {"a scaled image is the image made small", a_scaled_image_is_the_image_made_small},
      {"damage in a part is seen", damage_in_a_part_is_seen})
