/* near: what the perceptual hash finds again of an image that was changed, and what it takes for
 * another; how many images a second its index of a million holds against. Images are those of the
 * data sets in $PATCHLAW_DATA; without any, the index alone is measured. */
#include "curate/near.h"
#include "base/heap.h"
#include "base/rng.h"
#include "bench/suites.h"
#include "data/dataset.h"
#include "data/jpeg.h"
#include "data/jpeg_write.h"
#include "train/machine.h"
#include <dirent.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 5000, MILLION = 1000000, ASKED = 20000, CHANGES = 6 };
static const char *const CHANGE[CHANGES] = {
    "found after JPEG at quality 50",   "found after JPEG at quality 30",
    "found at half the size",           "found at 3/2 of the size",
    "found after a crop of 2 % a side", "found cropped, at 3/4, quality 75"};

typedef struct {
    vt_jpeg *jpeg;
    vt_phasher *phasher;
    vt_resizer *resizer;
    vt_buffer pixels, planes, small, stream, again;
} bench_near_tools;

static void one(const bench_request *r, const char *shape, const char *metric, const char *unit,
                double value)
{
    bench_what what = {.suite = "near", .metric = metric, .unit = unit};
    (void)snprintf(what.shape, sizeof what.shape, "%s", shape);
    bench_add_one(r->table, what, value);
}

/* ---- changes ---- */

static vt_status decode(bench_near_tools *t, vt_buffer *to, const vt_image *image, vt_error *err)
{
    vt_status status =
        vt_buffer_reserve(to, (isize)image->height * image->width * image->channels, err);
    return status == VT_OK ? vt_jpeg_decode(to->data, t->jpeg, image, err) : status;
}

/* A rectangle that begins at (from, from) and ends as far from the other corner, resized. */
static vt_status part(bench_near_tools *t, vt_image *image, int high, int wide, double scale,
                      vt_error *err)
{
    int rows = image->height - 2 * high, columns = image->width - 2 * wide;
    isize row = (isize)image->width * image->channels;
    int to_rows = (int)lround(scale * rows), to_columns = (int)lround(scale * columns);
    isize count = (isize)to_rows * to_columns;
    vt_resize_job job = {.pixels = (const unsigned char *)t->pixels.data + high * row +
                                   (isize)wide * image->channels,
                         .row_bytes = row,
                         .channels = image->channels,
                         .rows = vt_span_whole(0, rows, to_rows),
                         .columns = vt_span_whole(0, columns, to_columns)};
    vt_status status =
        vt_buffer_reserve(&t->planes, count * image->channels * (isize)sizeof(vt_real), err);
    if (status == VT_OK) status = vt_buffer_reserve(&t->small, count * image->channels, err);
    if (status == VT_OK) status = vt_resizer_run(t->planes.data, t->resizer, &job, err);
    if (status != VT_OK) return status;
    const vt_real *planes = t->planes.data;
    unsigned char *small = t->small.data;
    for (isize i = 0; i < count; i++)
        for (int c = 0; c < image->channels; c++)
            small[i * image->channels + c] = (unsigned char)lround((double)planes[c * count + i]);
    image->height = to_rows;
    image->width = to_columns;
    image->data = small;
    return VT_OK;
}

static vt_status encode(bench_near_tools *t, vt_image *image, int quality, vt_error *err)
{
    vt_image stream = {.jpeg = 1};
    vt_status status = vt_jpeg_write(&t->stream, &stream.bytes, image->data, image->height,
                                     image->width, image->channels, quality, err);
    if (status != VT_OK) return status;
    stream.data = t->stream.data;
    if (vt_jpeg_measure(&stream, t->jpeg, err) != VT_SKIP_NONE) return VT_ERR_FORMAT;
    status = decode(t, &t->again, &stream, err);
    stream.data = t->again.data;
    *image = stream;
    return status;
}

static vt_status change(bench_near_tools *t, vt_image *image, int which, vt_error *err)
{
    int high = (int)fmax(1, round(0.02 * image->height));
    int wide = (int)fmax(1, round(0.02 * image->width));
    vt_status status = VT_OK;
    image->data = t->pixels.data;
    if (which < 2) return encode(t, image, which == 0 ? 50 : 30, err);
    if (which == 2) return part(t, image, 0, 0, 0.5, err);
    if (which == 3) return part(t, image, 0, 0, 1.5, err);
    status = part(t, image, high, wide, which == 4 ? 1 : 0.75, err);
    return status == VT_OK && which == 5 ? encode(t, image, 75, err) : status;
}

/* ---- a data set ---- */

static int same(const vt_phash *a, const vt_phash *b)
{
    return vt_phash_distance(a->bits, b->bits) <= VT_PHASH_NEAR &&
           vt_phash_cosine(a->shape, b->shape) >= VT_PHASH_ALIKE;
}

static vt_status image_measure(bench_near_tools *t, const vt_dataset *dataset, isize i,
                               vt_phash *hash, isize found[CHANGES], vt_error *err)
{
    vt_image image;
    vt_status status = vt_dataset_image(&image, dataset, VT_SPLIT_TRAIN, i, err);
    if (status == VT_OK) status = decode(t, &t->pixels, &image, err);
    if (status == VT_OK)
        status = vt_phash_of(hash, t->phasher, t->pixels.data, image.height, image.width,
                             image.channels, err);
    for (int c = 0; c < CHANGES && status == VT_OK; c++) {
        vt_image changed = image;
        vt_phash other;
        status = change(t, &changed, c, err);
        if (status == VT_OK)
            status = vt_phash_of(&other, t->phasher, changed.data, changed.height, changed.width,
                                 changed.channels, err);
        if (status == VT_OK) found[c] += same(hash, &other);
    }
    return status;
}

static vt_status dataset_measure(const bench_request *r, bench_near_tools *t,
                                 const vt_dataset *dataset, vt_error *err)
{
    const vt_dataset_info *info = vt_dataset_about(dataset);
    isize count = vt_min(MOST, info->images[VT_SPLIT_TRAIN]), found[CHANGES] = {0};
    isize near = 0, alike = 0;
    vt_buffer list = {0};
    vt_status status = vt_buffer_reserve(&list, count * (isize)sizeof(vt_phash), err);
    vt_phash *hashes = list.data;
    bench_progress("near: %s, %td images", info->name, count);
    for (isize i = 0; i < count && status == VT_OK; i++)
        status = image_measure(t, dataset, i, &hashes[i], found, err);
    for (isize i = 0; i < count && status == VT_OK; i++)
        for (isize k = 0; k < i; k++) {
            if (vt_phash_distance(hashes[i].bits, hashes[k].bits) > VT_PHASH_NEAR) continue;
            near++;
            alike += same(&hashes[i], &hashes[k]);
        }
    for (int c = 0; c < CHANGES && status == VT_OK; c++)
        one(r, info->name, CHANGE[c], "share", (double)found[c] / (double)count);
    double pairs = (double)count * (double)(count - 1) / 2;
    one(r, info->name, "pairs of images", "million", pairs / 1e6);
    one(r, info->name, "of them near by the hash alone", "pairs", (double)near);
    one(r, info->name, "of them the same picture", "pairs", (double)alike);
    vt_buffer_finish(&list);
    return status;
}

static vt_status datasets_measure(const bench_request *r, bench_near_tools *t, vt_error *err)
{
    char path[4096];
    const char *folder = getenv("PATCHLAW_DATA");
    DIR *files = folder ? opendir(folder) : NULL;
    vt_status status = VT_OK;
    for (const struct dirent *file = files ? readdir(files) : NULL; file && status == VT_OK;
         file = readdir(files)) {
        vt_dataset *dataset = NULL;
        vt_error ignored;
        vt_image image;
        (void)snprintf(path, sizeof path, "%.2000s/%.255s", folder, file->d_name);
        if (file->d_name[0] == '.' || vt_dataset_open(&dataset, path, &ignored) != VT_OK) continue;
        if (!vt_dataset_mix(dataset) &&
            vt_dataset_image(&image, dataset, VT_SPLIT_TRAIN, 0, &ignored) == VT_OK && image.jpeg)
            status = dataset_measure(r, t, dataset, err);
        vt_dataset_close(&dataset);
    }
    if (files) (void)closedir(files);
    return status;
}

/* ---- the index ---- */

static vt_phash drawn(isize i)
{
    vt_rng rng = vt_rng_at(1, VT_RNG_TEST, 0, (uint64_t)i);
    vt_phash hash = {.bits = vt_rng_bits64(&rng)};
    for (int k = 0; k < VT_PHASH_BITS; k++) hash.shape[k] = (signed char)vt_rng_bits(&rng);
    return hash;
}

static vt_status index_measure(const bench_request *r, vt_error *err)
{
    vt_near near = {.count = 0};
    vt_status status = VT_OK;
    isize found = 0;
    bench_progress("near: an index of a million");
    double from = vt_clock_wall(), before = (double)vt_rss_peak();
    for (isize i = 0; i < MILLION && status == VT_OK; i++) {
        vt_phash hash = drawn(i);
        status = vt_near_add(&near, &hash, err);
    }
    one(r, "", "index of a million, made", "s", vt_clock_wall() - from);
    one(r, "", "its memory", "MiB", ((double)vt_rss_peak() - before) / (1 << 20));
    from = vt_clock_wall();
    for (isize i = 0; i < ASKED && status == VT_OK; i++) {
        vt_phash hash = drawn(i * 41);
        for (int k = 0; k < 8; k++) hash.bits ^= UINT64_C(1) << (8 * k + i % 8);
        found += vt_near_first(&near, &hash).number == i * 41;
    }
    one(r, "", "looked up, one worker", "images_per_s", ASKED / (vt_clock_wall() - from));
    one(r, "", "found at 8 bits", "share", (double)found / ASKED);
    vt_near_finish(&near);
    return status;
}

vt_status bench_near(const bench_request *r, vt_error *err)
{
    bench_near_tools t = {0};
    vt_status status = index_measure(r, err);
    if (status == VT_OK) status = vt_jpeg_open(&t.jpeg, err);
    if (status == VT_OK) status = vt_phasher_open(&t.phasher, err);
    if (status == VT_OK) status = vt_resizer_open(&t.resizer, err);
    if (status == VT_OK) status = datasets_measure(r, &t, err);
    vt_jpeg_close(&t.jpeg);
    vt_phasher_close(&t.phasher);
    vt_resizer_close(&t.resizer);
    vt_buffer_finish(&t.pixels);
    vt_buffer_finish(&t.planes);
    vt_buffer_finish(&t.small);
    vt_buffer_finish(&t.stream);
    vt_buffer_finish(&t.again);
    return status;
}
