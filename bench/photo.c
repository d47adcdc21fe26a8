#include "bench/photo.h"
#include "base/file.h"
#include "base/heap.h"
#include "base/rng.h"
#include "data/jpeg.h"
#include "data/jpeg_write.h"
#include <errno.h>
#include <glob.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    SIDE_LEAST = 224,
    SIDE_MOST = 500,
    QUALITY = 89,
    OCTAVES = 9,
    SEED = 1,
    BYTES_MOST = 1 << 20
};
/* Grain, and then octaves of the same strength, of levels in 0 to 255. */
static const double STRENGTH[OCTAVES] = {5, 9, 14, 18, 18, 18, 18, 18, 18};

/* ---- invented ones ---- */

/* A value in [-1, 1] at each corner of a grid of cells. */
static double corner(uint64_t photo, int octave, int x, int y)
{
    vt_rng rng =
        vt_rng_at(SEED + photo, VT_RNG_TEST, (uint64_t)octave, (uint64_t)y * 4096 + (uint64_t)x);
    return 2 * vt_rng_unit(&rng) - 1;
}

static void add_octave(float *plane, int width, int height, uint64_t photo, int octave,
                       double strength)
{
    int cell = 1 << (octave % OCTAVES);
    for (int cy = 0; cy * cell < height; cy++)
        for (int cx = 0; cx * cell < width; cx++) {
            double at[2][2] = {
                {corner(photo, octave, cx, cy), corner(photo, octave, cx + 1, cy)},
                {corner(photo, octave, cx, cy + 1), corner(photo, octave, cx + 1, cy + 1)}};
            for (int y = cy * cell; y < (cy + 1) * cell && y < height; y++)
                for (int x = cx * cell; x < (cx + 1) * cell && x < width; x++) {
                    double u = (double)(x - cx * cell) / cell, v = (double)(y - cy * cell) / cell;
                    double upper = at[0][0] + u * (at[0][1] - at[0][0]);
                    double lower = at[1][0] + u * (at[1][1] - at[1][0]);
                    plane[y * width + x] += (float)(strength * (upper + v * (lower - upper)));
                }
        }
}

static unsigned char level(double x)
{
    return (unsigned char)fmin(fmax(x + 128, 0), 255);
}

/* Brightness has all octaves, colour the coarse ones. */
static void invent(unsigned char *pixels, float *planes, int width, int height, uint64_t photo)
{
    isize count = (isize)width * height;
    memset(planes, 0, (size_t)(3 * count) * sizeof *planes);
    for (int o = 0; o < OCTAVES; o++) add_octave(planes, width, height, photo, o, 2 * STRENGTH[o]);
    for (int c = 1; c < 3; c++)
        for (int o = 3; o < OCTAVES; o++)
            add_octave(planes + c * count, width, height, photo, c * OCTAVES + o, STRENGTH[o]);
    for (isize i = 0; i < count; i++) {
        double y = (double)planes[i], b = (double)planes[count + i];
        double r = (double)planes[2 * count + i];
        pixels[3 * i] = level(y + r);
        pixels[3 * i + 1] = level(y - 0.3 * b - 0.5 * r);
        pixels[3 * i + 2] = level(y + b);
    }
}

static vt_status keep(bench_photos *p, const unsigned char *jpeg, isize bytes, vt_error *err)
{
    void *data = NULL;
    vt_status status = vt_heap_alloc(&data, bytes, err);
    if (status != VT_OK) return status;
    memcpy(data, jpeg, (size_t)bytes);
    p->image[p->count++] = (vt_image){.data = data, .bytes = bytes, .jpeg = 1};
    return VT_OK;
}

static vt_status write_file(const bench_photos *p, int number, vt_error *err)
{
    char path[4200];
    const vt_image *image = &p->image[number];
    vt_writer *writer = NULL;
    (void)snprintf(path, sizeof path, "%s/%03d.jpg", p->folder, number);
    vt_status status = vt_writer_open(&writer, path, err);
    if (status == VT_OK) status = vt_writer_put(writer, image->data, image->bytes, err);
    if (status == VT_OK) status = vt_writer_commit(writer, NULL, err);
    vt_writer_close(&writer);
    return status;
}

static vt_status make(bench_photos *p, int count, vt_error *err)
{
    const char *root = getenv("TMPDIR");
    void *pixels = NULL, *planes = NULL;
    vt_buffer jpeg = {0};
    isize most = (isize)SIDE_MOST * SIDE_MOST * 3;
    (void)snprintf(p->folder, sizeof p->folder, "%s/patchlaw-bench-XXXXXX",
                   root && *root ? root : "/tmp");
    if (!mkdtemp(p->folder))
        return vt_fail(err, VT_ERR_IO, "%.200s: %s", p->folder, strerror(errno));
    p->own = 1;
    vt_status status = vt_heap_alloc(&pixels, most, err);
    if (status == VT_OK) status = vt_heap_alloc(&planes, most * (isize)sizeof(float), err);
    for (int i = 0; i < count && status == VT_OK; i++) {
        vt_rng rng = vt_rng_at(SEED, VT_RNG_TEST, 0, (uint64_t)i);
        int width = SIDE_LEAST + (int)vt_rng_below(&rng, SIDE_MOST - SIDE_LEAST + 1);
        int height = SIDE_LEAST + (int)vt_rng_below(&rng, SIDE_MOST - SIDE_LEAST + 1);
        invent(pixels, planes, width, height, (uint64_t)i);
        isize bytes = 0;
        status = vt_jpeg_write(&jpeg, &bytes, pixels, height, width, 3, QUALITY, err);
        if (status == VT_OK) status = keep(p, jpeg.data, bytes, err);
        if (status == VT_OK) status = write_file(p, i, err);
    }
    vt_heap_free(&pixels);
    vt_heap_free(&planes);
    vt_buffer_finish(&jpeg);
    return status;
}

/* ---- those of a folder ---- */

static vt_status read_folder(bench_photos *p, int count, vt_error *err)
{
    static const char *const ends[] = {"jpg", "jpeg", "JPEG"};
    char pattern[4200];
    glob_t found = {0};
    vt_status status = VT_OK;
    for (int e = 0; e < 3; e++) {
        (void)snprintf(pattern, sizeof pattern, "%s/*.%s", p->folder, ends[e]);
        (void)glob(pattern, e > 0 ? GLOB_APPEND : 0, NULL, &found);
    }
    if (found.gl_pathc == 0)
        status = vt_fail(err, VT_ERR_CONFIG, "%.200s: no .jpg, .jpeg or .JPEG file", p->folder);
    for (size_t i = 0; i < found.gl_pathc && p->count < count && status == VT_OK; i++) {
        vt_map map;
        status = vt_map_open(&map, found.gl_pathv[i], err);
        if (status != VT_OK) break;
        status = keep(p, map.data, map.bytes, err);
        vt_map_close(&map);
    }
    globfree(&found);
    return status;
}

/* ---- both ---- */

static vt_status measure(bench_photos *p, vt_error *err)
{
    vt_jpeg *codec = NULL;
    vt_status status = vt_jpeg_open(&codec, err);
    for (int i = 0; i < p->count && status == VT_OK; i++)
        if (vt_jpeg_measure(&p->image[i], codec, err) != VT_SKIP_NONE) status = VT_ERR_FORMAT;
    vt_jpeg_close(&codec);
    return status;
}

vt_status bench_photos_open(bench_photos *out, const char *folder, int count, vt_error *err)
{
    VT_ASSERT(count >= 1 && count <= BENCH_PHOTOS_MAX);
    *out = (bench_photos){.count = 0};
    if (folder) (void)snprintf(out->folder, sizeof out->folder, "%s", folder);
    vt_status status = folder ? read_folder(out, count, err) : make(out, count, err);
    if (status == VT_OK) status = measure(out, err);
    if (status != VT_OK) bench_photos_close(out);
    return status;
}

void bench_photos_close(bench_photos *p)
{
    for (int i = 0; i < p->count; i++) {
        char path[4200];
        void *data = (void *)(uintptr_t)p->image[i].data;
        vt_heap_free(&data);
        (void)snprintf(path, sizeof path, "%s/%03d.jpg", p->folder, i);
        if (p->own) (void)unlink(path);
    }
    if (p->own) (void)rmdir(p->folder);
    p->count = p->own = 0;
}
