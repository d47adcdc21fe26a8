/* hold: a data set of ten million images, made as an import makes one: how it opens, how its order
 * is found, what an image costs that nobody has touched. */
#include "base/heap.h"
#include "bench/suites.h"
#include "data/dataset.h"
#include "data/store.h"
#include "train/machine.h"
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    IMAGES = 10000000,
    SHARD_IMAGES = 25000,
    SHARD_BYTES = SHARD_IMAGES * 29 + 64,
    ASKED = 100000
};

static void one(const bench_request *r, const char *metric, const char *unit, double value)
{
    bench_add_one(r->table, (bench_what){.suite = "hold", .metric = metric, .unit = unit}, value);
}

static vt_status make(const char *folder, vt_error *err)
{
    static const char *const classes[1] = {"all"};
    vt_store *store = NULL;
    vt_status status = vt_store_open(&store, folder, "ten-million", SHARD_BYTES, err);
    for (isize i = 0; i < IMAGES && status == VT_OK; i++) {
        unsigned char pixel = (unsigned char)i;
        vt_image image = {.data = &pixel, .bytes = 1, .height = 1, .width = 1, .channels = 1};
        vt_pixels sums = {0};
        vt_pixels_put(&sums, &pixel, 1, 1);
        status = vt_store_put(store, VT_SPLIT_TRAIN, &image, &sums, err);
    }
    if (status == VT_OK) status = vt_store_end(store, classes, 1, err);
    if (status == VT_OK) status = vt_store_keep(store, err);
    vt_store_close(&store);
    return status;
}

static vt_status look(const bench_request *r, const char *path, vt_error *err)
{
    bench_samples open = {.count = 0};
    vt_dataset *dataset = NULL;
    vt_status status = VT_OK;
    for (int i = 0; i < r->repeats && status == VT_OK; i++) {
        vt_dataset_close(&dataset);
        double from = vt_clock_wall();
        status = vt_dataset_open(&dataset, path, err);
        bench_sample(&open, 1e3 * (vt_clock_wall() - from));
    }
    if (status != VT_OK) return status;
    bench_add(r->table, (bench_what){.suite = "hold", .metric = "open", .unit = "ms"}, &open, NULL);
    isize images = vt_dataset_about(dataset)->images[VT_SPLIT_TRAIN], sum = 0;
    double from = vt_clock_wall();
    for (isize i = 0; i < ASKED; i++)
        sum += (isize)vt_rng_permute(1, VT_RNG_ORDER, 0, (uint64_t)images, (uint64_t)i);
    one(r, "order, an index", "ns", 1e9 * (vt_clock_wall() - from) / ASKED);
    for (int pass = 0; pass < 2 && status == VT_OK; pass++) {
        from = vt_clock_wall();
        for (isize i = 0; i < ASKED && status == VT_OK; i++) {
            vt_image image;
            isize at = (isize)vt_rng_permute(1, VT_RNG_ORDER, 0, (uint64_t)images, (uint64_t)i);
            status = vt_dataset_image(&image, dataset, VT_SPLIT_TRAIN, at, err);
            if (status == VT_OK) sum += image.data[0];
        }
        one(r, pass ? "an image in that order, again" : "an image in that order, first", "ns",
            1e9 * (vt_clock_wall() - from) / ASKED);
    }
    VT_ASSERT(sum > 0);
    vt_dataset_close(&dataset);
    return status;
}

static void clear_away(const char *folder, const char *path)
{
    DIR *files = opendir(path);
    for (const struct dirent *file = files ? readdir(files) : NULL; file; file = readdir(files))
        if (file->d_name[0] != '.') (void)unlinkat(dirfd(files), file->d_name, 0);
    if (files) (void)closedir(files);
    (void)rmdir(path);
    (void)rmdir(folder);
}

vt_status bench_hold(const bench_request *r, vt_error *err)
{
    char folder[64], path[128];
    const char *root = getenv("TMPDIR");
    (void)snprintf(folder, sizeof folder, "%.40s/patchlaw-hold-XXXXXX", root ? root : "/tmp");
    if (!mkdtemp(folder)) return vt_fail(err, VT_ERR_IO, "%s: cannot be made", folder);
    (void)snprintf(path, sizeof path, "%s/ten-million", folder);
    bench_progress("hold: ten million images");
    double from = vt_clock_wall();
    double before = (double)vt_rss_peak();
    vt_status status = make(folder, err);
    if (status == VT_OK) {
        one(r, "import", "images_per_s", IMAGES / (vt_clock_wall() - from));
        one(r, "import, memory", "MiB", ((double)vt_rss_peak() - before) / (1 << 20));
        before = (double)vt_rss_peak();
        status = look(r, path, err);
        one(r, "open and use, memory", "MiB", ((double)vt_rss_peak() - before) / (1 << 20));
    }
    clear_away(folder, path);
    return status;
}
