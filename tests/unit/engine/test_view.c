#include "base/heap.h"
#include "check.h"
#include "data/resize.h"
#include "data/shrink.h"
#include "data/view.h"
#include "data_fixture.h"
#include <math.h>
#include <string.h>

enum { SIDE_MAX = 300, OUT_MAX = 96 };
static unsigned char pixels[SIDE_MAX * SIDE_MAX * 3], jpeg[FIXTURE_JPEG_MAX];
static vt_real out[3 * OUT_MAX * OUT_MAX], again[3 * OUT_MAX * OUT_MAX];

static vt_image raw(int width, int height, int channels)
{
    return (vt_image){.data = pixels,
                      .bytes = (isize)width * height * channels,
                      .width = width,
                      .height = height,
                      .channels = channels};
}

/* No normalisation: values stay 0 to 255. */
static vt_view plain(int image_px, int channels, int augment)
{
    return (vt_view){.image_px = image_px,
                     .channels = channels,
                     .crop_min = 1,
                     .crop_max = 1,
                     .augment = augment,
                     .std = {1.0 / 255, 1.0 / 255, 1.0 / 255}};
}

static void load(vt_real *to, const vt_view *view, const vt_image *image, uint64_t index)
{
    vt_error err = {{0}};
    vt_view_scratch *scratch = NULL;
    CU_ASSERT_EQUAL(vt_view_scratch_open(&scratch, &err), VT_OK);
    vt_rng rng = vt_rng_at(7, VT_RNG_AUGMENT, 0, index);
    CU_ASSERT_EQUAL(vt_view_load(to, view, image, rng, scratch, &err), VT_OK);
    vt_view_scratch_close(&scratch);
}

/* ---- the resampler against its definition ---- */

static double keys(double x)
{
    x = fabs(x);
    if (x < 1) return 1.5 * x * x * x - 2.5 * x * x + 1;
    return x < 2 ? -0.5 * x * x * x + 2.5 * x * x - 4 * x + 2 : 0;
}

static double reference(const vt_resize_job *job, isize c, isize y, isize x)
{
    double scale_y = job->rows.extent / (double)job->rows.total;
    double scale_x = job->columns.extent / (double)job->columns.total;
    double centre_y = job->rows.start + ((double)(job->rows.from + y) + 0.5) * scale_y;
    double centre_x = job->columns.start + ((double)(job->columns.from + x) + 0.5) * scale_x;
    double sum = 0, weights = 0;
    for (isize v = job->rows.low; v < job->rows.high; v++)
        for (isize u = job->columns.low; u < job->columns.high; u++) {
            double weight = keys(((double)v + 0.5 - centre_y) / fmax(scale_y, 1)) *
                            keys(((double)u + 0.5 - centre_x) / fmax(scale_x, 1));
            sum +=
                weight *
                job->pixels[(v - job->top) * job->row_bytes + (u - job->left) * job->channels + c];
            weights += weight;
        }
    return fmin(fmax(sum / weights, 0), 255);
}

static void resize_matches(vt_span rows, vt_span columns, int channels)
{
    vt_error err = {{0}};
    vt_resizer *resizer = NULL;
    isize stride = (columns.high - columns.low + 3) * channels; /* a part of wider rows */
    vt_resize_job job = {.pixels = pixels + channels,
                         .top = rows.low,
                         .left = columns.low,
                         .row_bytes = stride,
                         .channels = channels,
                         .rows = rows,
                         .columns = columns};
    fixture_pixels(pixels, stride * (rows.high - rows.low + 1), 11);
    CU_ASSERT_EQUAL(vt_resizer_open(&resizer, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_resizer_run(out, resizer, &job, &err), VT_OK);
    double worst = 0;
    for (isize c = 0; c < channels; c++)
        for (isize y = 0; y < rows.count; y++)
            for (isize x = 0; x < columns.count; x++) {
                vt_real got = out[(c * rows.count + y) * columns.count + x];
                worst = fmax(worst, fabs((double)got - reference(&job, c, y, x)));
            }
    check_near("largest error of a resized pixel", worst, 0, 1e-3);
    vt_resizer_close(&resizer);
}

static void resize_follows_its_definition(void)
{
    static const int sizes[][4] = {{1, 1, 1, 1},    {1, 1, 5, 3},    {37, 23, 16, 9},
                                   {9, 16, 37, 23}, {64, 61, 7, 1},  {90, 41, 17, 33},
                                   {2, 3, 4, 5},    {50, 50, 49, 51}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        for (int channels = 1; channels <= 3; channels += 2) {
            const int *s = sizes[i];
            resize_matches(vt_span_whole(0, s[0], s[2]), vt_span_whole(7, s[1], s[3]), channels);
        }
}

static void resize_gives_a_window_of_the_outputs(void)
{
    vt_span rows = vt_span_whole(0, 61, 32), columns = vt_span_whole(0, 43, 37);
    rows.from = 5;
    rows.count = 19;
    columns.from = 11;
    columns.count = 26;
    resize_matches(rows, columns, 3);
}

static void resize_takes_windows_between_samples(void)
{
    vt_span rows = {.start = 3.25, .extent = 40.5, .low = 3, .high = 44, .total = 19, .count = 19};
    vt_span columns = {
        .start = 9.9, .extent = 20.2, .low = 9, .high = 31, .total = 23, .from = 2, .count = 21};
    resize_matches(rows, columns, 1);
    resize_matches(rows, columns, 3);
    resize_matches(columns, rows, 3);
}

/* What a span says it reads is what the outputs depend on. */
static void a_span_tells_what_it_reads(void)
{
    vt_span span = vt_span_whole(10, 200, 32);
    isize first = 0, end = 0;
    vt_span_reads(&span, &first, &end);
    CU_ASSERT(first == 10 && end == 210);
    span.from = 12;
    span.count = 5; /* centres from 10 + 12.5 * 6.25 = 88.1 to 113.1, and 12.5 on either side */
    vt_span_reads(&span, &first, &end);
    CU_ASSERT(first <= 76 && first >= 74);
    CU_ASSERT(end >= 125 && end <= 128);
}

static void flat_images_stay_flat(void)
{
    vt_image image = raw(113, 71, 3);
    vt_view view = plain(29, 3, 0);
    memset(pixels, 200, (size_t)image.bytes);
    load(out, &view, &image, 0);
    for (isize i = 0; i < 3 * 29 * 29; i++)
        if (fabs((double)out[i] - 200) > 1e-3) {
            check_near("flat pixel", (double)out[i], 200, 1e-3);
            break;
        }
    CU_ASSERT(out[0] > 0);
}

/* ---- views ---- */

static void equal_sizes_change_nothing(void)
{
    for (int augment = 0; augment < 2; augment++)
        for (int channels = 1; channels <= 3; channels += 2) {
            vt_image image = raw(28, 28, channels);
            vt_view view = plain(28, channels, augment);
            fixture_pixels(pixels, image.bytes, 3);
            load(out, &view, &image, 1);
            isize wrong = 0;
            for (isize i = 0; i < 28 * 28; i++)
                for (isize c = 0; c < channels; c++)
                    wrong += fabs((double)out[c * 784 + i] - pixels[i * channels + c]) > 1e-4;
            CU_ASSERT_EQUAL(wrong, 0);
        }
}

static void values_are_normalised_by_channel(void)
{
    vt_image image = raw(8, 8, 3);
    vt_view view = plain(8, 3, 0);
    fixture_pixels(pixels, image.bytes, 4);
    for (int c = 0; c < 3; c++) {
        view.mean[c] = 0.4 + 0.1 * c;
        view.std[c] = 0.2 + 0.05 * c;
    }
    load(out, &view, &image, 0);
    for (int c = 0; c < 3; c++)
        for (int i = 0; i < 64; i += 21)
            check_near("normalised", (double)out[c * 64 + i],
                       (pixels[i * 3 + c] / 255.0 - view.mean[c]) / view.std[c], 1e-5);
}

static void a_flip_mirrors_columns(void)
{
    vt_image image = raw(40, 30, 3);
    vt_view view = plain(16, 3, 1), flipped = view;
    fixture_pixels(pixels, image.bytes, 5);
    flipped.flip = 1;
    load(out, &view, &image, 2);
    load(again, &flipped, &image, 2);
    isize wrong = 0;
    for (isize row = 0; row < 3 * 16; row++)
        for (isize x = 0; x < 16; x++) wrong += out[row * 16 + x] != again[row * 16 + 15 - x];
    CU_ASSERT_EQUAL(wrong, 0);
    CU_ASSERT_NOT_EQUAL(memcmp(out, again, 3 * 256 * sizeof *out), 0);
}

static void half_of_the_images_are_flipped(void)
{
    vt_image image = raw(8, 8, 1);
    vt_view view = plain(8, 1, 1);
    isize flips = 0;
    for (int i = 0; i < 64; i++) pixels[i] = (unsigned char)(i % 8);
    view.flip = 0.5;
    for (uint64_t index = 0; index < 400; index++) {
        load(out, &view, &image, index);
        flips += out[0] > out[7];
    }
    check_near("flips of 400", (double)flips, 200, 50); /* five standard deviations */
}

static void the_same_index_gives_the_same_bits(void)
{
    vt_error err = {{0}};
    vt_view_scratch *scratch = NULL;
    vt_view view = plain(24, 3, 1);
    view.crop_min = 0.3;
    view.flip = 0.5;
    fixture_pixels(pixels, (isize)sizeof pixels, 6);
    vt_image small = raw(50, 40, 3), large = raw(300, 280, 3);
    CU_ASSERT_EQUAL(vt_view_scratch_open(&scratch, &err), VT_OK);
    load(out, &view, &small, 9);
    isize same = 0;
    for (uint64_t index = 0; index < 20; index++) { /* whatever the scratch saw before */
        vt_rng rng = vt_rng_at(7, VT_RNG_AUGMENT, 0, index);
        const vt_image *image = index % 2 ? &small : &large;
        CU_ASSERT_EQUAL(vt_view_load(again, &view, image, rng, scratch, &err), VT_OK);
        int equal = memcmp(out, again, 3 * 24 * 24 * sizeof *out) == 0;
        CU_ASSERT_EQUAL(equal, index == 9);
        same += equal;
    }
    CU_ASSERT_EQUAL(same, 1);
    uint64_t allocations = vt_heap_count();
    for (uint64_t index = 20; index < 40; index++) {
        vt_rng rng = vt_rng_at(7, VT_RNG_AUGMENT, 0, index);
        CU_ASSERT_EQUAL(vt_view_load(again, &view, &small, rng, scratch, &err), VT_OK);
    }
    CU_ASSERT_EQUAL(vt_heap_count(), allocations);
    vt_view_scratch_close(&scratch);
}

/* Red rises with x, green with y, so that the corners of a view tell its crop. */
static void ramps(int width, int height)
{
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            unsigned char *p = pixels + ((isize)y * width + x) * 3;
            p[0] = (unsigned char)(255 * x / width);
            p[1] = (unsigned char)(255 * y / height);
            p[2] = 0;
        }
}

static void crops_keep_to_their_share_and_shape(void)
{
    enum { W = 240, H = 200, P = 48, N = 300 };
    vt_image image = raw(W, H, 3);
    vt_view view = plain(P, 3, 1);
    double least = 1, most = 0, narrowest = 9, widest = 0;
    view.crop_min = 0.4;
    ramps(W, H);
    for (uint64_t index = 0; index < N; index++) {
        load(out, &view, &image, index);
        const vt_real *red = out, *green = out + P * P;
        double span = (double)(P - 1) / P; /* between the centres of first and last output */
        double width = ((double)red[P - 1] - (double)red[0]) / 255 * W / span;
        double height = ((double)green[P * (P - 1)] - (double)green[0]) / 255 * H / span;
        double share = width * height / (W * H), shape = width / height;
        least = fmin(least, share);
        most = fmax(most, share);
        narrowest = fmin(narrowest, shape);
        widest = fmax(widest, shape);
    }
    CU_ASSERT(least > 0.37 && least < 0.47);
    CU_ASSERT(most > 0.9 && most < 1.05);
    CU_ASSERT(narrowest > 0.70 && narrowest < 0.85);
    CU_ASSERT(widest > 1.2 && widest < 1.42);
}

static void training_without_a_crop_sees_what_evaluation_sees(void)
{
    static const int sizes[][2] = {{90, 41}, {40, 41}, {40, 40}, {33, 33}};
    static vt_real seen[3 * 33 * 33];
    for (int i = 0; i < 4; i++) {
        vt_image image = raw(sizes[i][0], sizes[i][1], 3);
        vt_view training = plain(33, 3, 1), evaluation = plain(33, 3, 0);
        fixture_pixels(pixels, image.bytes, 8);
        load(out, &training, &image, 5);
        memcpy(seen, out, sizeof seen);
        load(out, &evaluation, &image, 5);
        CU_ASSERT_EQUAL(memcmp(out, seen, sizeof seen), 0);
    }
}

static void evaluation_takes_the_centre(void)
{
    vt_image image = raw(120, 60, 1);
    vt_view view = plain(28, 1, 0);
    fixture_pixels(pixels, image.bytes, 9);
    load(out, &view, &image, 0);
    vt_resize_job job = {.pixels = pixels, /* short side to ceil(28 / 0.875) = 32 */
                         .row_bytes = 120,
                         .channels = 1,
                         .rows = vt_span_whole(0, 60, 32),
                         .columns = vt_span_whole(0, 120, 64)};
    job.rows.from = 2;
    job.columns.from = 18;
    for (isize i = 0; i < 28; i++)
        check_near("diagonal", (double)out[i * 29], reference(&job, 0, i, i), 1e-3);
}

static void colours_are_converted(void)
{
    vt_image colour = raw(12, 12, 3), grey = raw(12, 12, 1);
    vt_view one = plain(12, 1, 0), three = plain(12, 3, 0);
    fixture_pixels(pixels, colour.bytes, 10);
    load(out, &one, &colour, 0);
    for (int i = 0; i < 144; i += 13)
        check_near("luma", (double)out[i],
                   0.299 * pixels[3 * i] + 0.587 * pixels[3 * i + 1] + 0.114 * pixels[3 * i + 2],
                   1e-3);
    load(out, &three, &grey, 0);
    CU_ASSERT_EQUAL(memcmp(out, out + 144, 144 * sizeof *out), 0);
    CU_ASSERT_EQUAL(memcmp(out, out + 288, 144 * sizeof *out), 0);
    check_near("grey", (double)out[100], pixels[100], 1e-4);
}

static void statistics_fit_the_channels_of_the_view(void)
{
    vt_dataset_info info = {.channels = 3,
                            .mean = {0.1, 0.2, 0.3},
                            .std = {0.4, 0.5, 0.6},
                            .luma_mean = 0.7,
                            .luma_std = 0.8};
    vt_view view = {.channels = 3};
    vt_view_normalise(&view, &info);
    CU_ASSERT(view.mean[2] == 0.3 && view.std[1] == 0.5);
    view.channels = 1;
    vt_view_normalise(&view, &info);
    CU_ASSERT(view.mean[0] == 0.7 && view.std[0] == 0.8);
}

static void shrinking_keeps_the_shape_and_the_mean(void)
{
    vt_error err = {{0}};
    vt_shrink *shrink = NULL;
    vt_image image = raw(91, 40, 3), kept = raw(12, 9, 1);
    double before = 0, after = 0;
    ramps(91, 40);
    for (isize i = 0; i < image.bytes; i++) before += pixels[i] / (double)image.bytes;
    CU_ASSERT_EQUAL(vt_shrink_open(&shrink, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_shrink_run(&image, pixels, 10, shrink, &err), VT_OK);
    CU_ASSERT(image.height == 10 && image.width == 23 && image.bytes == 690); /* 91 / 4 = 22.75 */
    for (isize i = 0; i < image.bytes; i++) after += image.data[i] / (double)image.bytes;
    check_near("mean", after, before, 0.5);
    CU_ASSERT(image.data[0] < 10 && image.data[3 * 22] > 235); /* red rises along the row */
    CU_ASSERT_EQUAL(vt_shrink_run(&kept, pixels, 9, shrink, &err), VT_OK);
    CU_ASSERT(kept.data == pixels && kept.height == 9 && kept.width == 12 && kept.bytes == 108);
    vt_shrink_close(&shrink);
}

/* ---- several views, and operations ---- */

static void operations_see_one_channel_where_the_view_has_one(void)
{
    vt_image colour = raw(12, 12, 3), grey = raw(12, 12, 1);
    vt_view one = plain(12, 1, 1), three = plain(12, 3, 1);
    one.ops = three.ops = (vt_ops){.op = {{VT_OP_SOLARIZE, 1, {0}}}, .count = 1};
    fixture_pixels(pixels, colour.bytes, 10);
    load(out, &one, &colour, 0);
    check_near("luma, turned", (double)out[5],
               255 - 0.299 * pixels[15] - 0.587 * pixels[16] - 0.114 * pixels[17], 1e-3);
    load(out, &three, &grey, 0);
    check_near("grey, turned", (double)out[5], 255 - pixels[5], 1e-3);
    CU_ASSERT_EQUAL(memcmp(out, out + 288, 144 * sizeof *out), 0);
    one.augment = 0; /* an evaluation goes through none */
    load(out, &one, &grey, 0);
    check_near("grey as it is", (double)out[5], pixels[5], 1e-3);
}

static vt_views crops(void)
{
    vt_views views = {.count = 3};
    for (int v = 0; v < 3; v++) {
        views.view[v] = plain(v < 2 ? 24 : 12, 3, 1);
        views.view[v].crop_min = v < 2 ? 0.4 : 0.05;
        views.view[v].crop_max = v < 2 ? 1 : 0.4;
        views.view[v].flip = 0.5;
        views.view[v].ops = (vt_ops){.op = {{VT_OP_BLUR, 0.5, {0.1, 1}}}, .count = 1};
    }
    return views;
}

static void views_of_an_image_do_not_depend_on_each_other(void)
{
    enum { SIZE = 3 * 24 * 24 };
    static vt_real three[3][SIZE], two[3][SIZE];
    vt_error err = {{0}};
    vt_view_scratch *scratch = NULL;
    vt_views views = crops();
    vt_image image = raw(50, 40, 3);
    vt_real *const all[3] = {three[0], three[1], three[2]}, *const some[2] = {two[0], two[1]};
    vt_rng rng = vt_rng_at(7, VT_RNG_AUGMENT, 4, 9);
    fixture_pixels(pixels, image.bytes, 6);
    CU_ASSERT_EQUAL(vt_view_scratch_open(&scratch, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_views_load(all, &views, &image, rng, scratch, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_view_load(out, &views.view[0], &image, rng, scratch, &err), VT_OK);
    CU_ASSERT_EQUAL(memcmp(out, three[0], SIZE * sizeof *out), 0);
    CU_ASSERT_NOT_EQUAL(memcmp(three[0], three[1], SIZE * sizeof *out), 0);
    views.view[0] = plain(12, 3, 1); /* what another view draws moves nothing */
    views.view[1].ops.op[0].probability = views.view[2].ops.op[0].probability;
    views.count = 2;
    CU_ASSERT_EQUAL(vt_views_load(some, &views, &image, rng, scratch, &err), VT_OK);
    CU_ASSERT_EQUAL(memcmp(two[1], three[1], SIZE * sizeof *out), 0);
    rng.step += (uint64_t)2 << 32; /* the stream of view 2 by its name */
    CU_ASSERT_EQUAL(vt_view_load(out, &views.view[2], &image, rng, scratch, &err), VT_OK);
    CU_ASSERT_EQUAL(memcmp(out, three[2], 3 * 12 * 12 * sizeof *out), 0);
    vt_view_scratch_close(&scratch);
}

/* The widest local crop is as large as the least global one. */
static void a_crop_has_a_largest_share_too(void)
{
    enum { W = 240, H = 200, P = 48, N = 200 };
    vt_image image = raw(W, H, 3);
    vt_view view = plain(P, 3, 1);
    double least = 1, most = 0;
    view.crop_min = 0.05;
    view.crop_max = 0.4;
    ramps(W, H);
    for (uint64_t index = 0; index < N; index++) {
        load(out, &view, &image, index);
        double span = (double)(P - 1) / P;
        double width = ((double)out[P - 1] - (double)out[0]) / 255 * W / span;
        double height = ((double)out[P * P + P * (P - 1)] - (double)out[P * P]) / 255 * H / span;
        least = fmin(least, width * height / (W * H));
        most = fmax(most, width * height / (W * H));
    }
    CU_ASSERT(least > 0.035 && least < 0.08);
    CU_ASSERT(most > 0.35 && most < 0.43);
}

/* ---- JPEG ---- */

static void jpegs_are_decoded(void)
{
    for (int channels = 1; channels <= 3; channels += 2) {
        isize bytes = fixture_jpeg(jpeg, 32, 32, channels, 12);
        vt_image image = {.data = jpeg,
                          .bytes = bytes,
                          .width = 32,
                          .height = 32,
                          .channels = channels,
                          .jpeg = 1};
        vt_view view = plain(32, channels, 0);
        unsigned char corner[4];
        fixture_pixels(corner, 4, 12);
        load(out, &view, &image, 0);
        for (int c = 0; c < channels; c++) /* what fixture_jpeg drew at (16, 16) */
            check_near("decoded pixel", (double)out[c * 1024 + 16 * 33], corner[c] / 2 + 32 + 31,
                       4);
    }
}

static void damaged_jpegs_are_refused(void)
{
    vt_error err = {{0}};
    vt_view_scratch *scratch = NULL;
    vt_view view = plain(32, 3, 0);
    isize bytes = fixture_jpeg(jpeg, 32, 32, 3, 13);
    vt_image good = {
        .data = jpeg, .bytes = bytes, .width = 32, .height = 32, .channels = 3, .jpeg = 1};
    vt_image cut = good, wider = good;
    cut.bytes = bytes / 2;
    wider.width = 33;
    CU_ASSERT_EQUAL(vt_view_scratch_open(&scratch, &err), VT_OK);
    vt_rng rng = vt_rng_at(0, VT_RNG_TEST, 0, 0);
    CU_ASSERT_EQUAL(vt_view_load(out, &view, &cut, rng, scratch, &err), VT_ERR_FORMAT);
    CU_ASSERT(strlen(err.text) > 10);
    CU_ASSERT_EQUAL(vt_view_load(out, &view, &wider, rng, scratch, &err), VT_ERR_FORMAT);
    CU_ASSERT_EQUAL(vt_view_load(out, &view, &good, rng, scratch, &err), VT_OK);
    vt_view_scratch_close(&scratch);
}

SUITE(view, {"resize follows its definition", resize_follows_its_definition},
      {"resize gives a window of the outputs", resize_gives_a_window_of_the_outputs},
      {"resize takes windows between samples", resize_takes_windows_between_samples},
      {"a span tells what it reads", a_span_tells_what_it_reads},
      {"flat images stay flat", flat_images_stay_flat},
      {"equal sizes change nothing", equal_sizes_change_nothing},
      {"values are normalised by channel", values_are_normalised_by_channel},
      {"a flip mirrors columns", a_flip_mirrors_columns},
      {"half of the images are flipped", half_of_the_images_are_flipped},
      {"the same index gives the same bits", the_same_index_gives_the_same_bits},
      {"crops keep to their share and shape", crops_keep_to_their_share_and_shape},
      {"training without a crop sees what evaluation sees",
       training_without_a_crop_sees_what_evaluation_sees},
      {"evaluation takes the centre", evaluation_takes_the_centre},
      {"colours are converted", colours_are_converted},
      {"statistics fit the channels of the view", statistics_fit_the_channels_of_the_view},
      {"shrinking keeps the shape and the mean", shrinking_keeps_the_shape_and_the_mean},
      {"operations see one channel where the view has one",
       operations_see_one_channel_where_the_view_has_one},
      {"views of an image do not depend on each other",
       views_of_an_image_do_not_depend_on_each_other},
      {"a crop has a largest share, too", a_crop_has_a_largest_share_too},
      {"JPEGs are decoded", jpegs_are_decoded},
      {"damaged JPEGs are refused", damaged_jpegs_are_refused})
