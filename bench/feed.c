/* Suite feed: views of JPEGs, beside decoding them whole, and beside what others make of them. */
#include "base/heap.h"
#include "bench/photo.h"
#include "bench/suites.h"
#include "data/jpeg.h"
#include "data/shrink.h"
#include "data/view.h"
#include "train/machine.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

enum { PHOTOS = 128, SIZES = 2, PEERS = 3, PX_MAX = 224, KEPT_PX = 80 };
static const int sizes[SIZES] = {224, 64};
static const char *const peers[PEERS] = {"pillow", "torchvision", "opencv"};
static const char *const metrics[SIZES] = {"to_224", "to_64"};

/* Images a second of CPU time: what a core does, whoever else uses it. */
typedef struct {
    bench_samples whole, pixels, view[SIZES], peer[SIZES][PEERS], beside[SIZES][PEERS];
} rates;

typedef struct {
    bench_photos photos;
    vt_jpeg *codec;
    vt_view_scratch *scratch;
    void *pixels; /* of the largest photo */
    vt_shrink *shrink;
    double kept_bytes;        /* of all, stored as pixels */
    vt_real *out, *exact;     /* [3, PX_MAX, PX_MAX] */
    double difference[SIZES]; /* mean over photos, levels of 0 to 255 */
    rates rates;
    int here[PEERS];
} feeding;

/* As the objective's own config has it; values stay levels where plain is set. */
static vt_view view_of(int px, int plain)
{
    vt_view view = {
        .image_px = px, .channels = 3, .crop_min = 0.4, .crop_max = 1, .flip = 0.5, .augment = 1};
    for (int c = 0; c < 3; c++) {
        view.mean[c] = plain ? 0 : 0.45;
        view.std[c] = plain ? 1.0 / 255 : 0.225;
    }
    return view;
}

static vt_status open_all(feeding *f, const char *folder, vt_error *err)
{
    isize most = 0;
    void *out = NULL, *exact = NULL;
    isize bytes = 3 * PX_MAX * PX_MAX * (isize)sizeof(vt_real);
    vt_status status =
        bench_photos_open(&f->photos, folder, folder ? BENCH_PHOTOS_MAX : PHOTOS, err);
    for (int i = 0; i < f->photos.count; i++) {
        const vt_image *image = &f->photos.image[i];
        isize size = (isize)image->height * image->width * image->channels;
        most = size > most ? size : most;
    }
    if (status == VT_OK) status = vt_jpeg_open(&f->codec, err);
    if (status == VT_OK) status = vt_view_scratch_open(&f->scratch, err);
    if (status == VT_OK) status = vt_shrink_open(&f->shrink, err);
    if (status == VT_OK) status = vt_heap_alloc(&f->pixels, most, err);
    if (status == VT_OK) status = vt_heap_alloc(&out, bytes, err);
    if (status == VT_OK) status = vt_heap_alloc(&exact, bytes, err);
    f->out = out;
    f->exact = exact;
    for (int p = 0; p < PEERS; p++) f->here[p] = 1;
    return status;
}

static void close_all(feeding *f)
{
    void *out = f->out, *exact = f->exact;
    vt_heap_free(&out);
    vt_heap_free(&exact);
    vt_heap_free(&f->pixels);
    vt_shrink_close(&f->shrink);
    vt_view_scratch_close(&f->scratch);
    vt_jpeg_close(&f->codec);
    bench_photos_close(&f->photos);
}

/* ---- ours ---- */

static vt_status decode_whole(feeding *f, vt_error *err)
{
    vt_status status = VT_OK;
    double from = vt_clock_thread();
    for (int i = 0; i < f->photos.count && status == VT_OK; i++)
        status = vt_jpeg_decode(f->pixels, f->codec, &f->photos.image[i], err);
    bench_sample(&f->rates.whole, f->photos.count / (vt_clock_thread() - from));
    return status;
}

static vt_status make_views(feeding *f, int size, uint64_t epoch, vt_error *err)
{
    vt_view view = view_of(sizes[size], 0);
    vt_status status = VT_OK;
    double from = vt_clock_thread();
    for (int i = 0; i < f->photos.count && status == VT_OK; i++)
        status = vt_view_load(f->out, &view, &f->photos.image[i],
                              vt_rng_at(1, VT_RNG_AUGMENT, epoch, (uint64_t)i), f->scratch, err);
    bench_sample(&f->rates.view[size], f->photos.count / (vt_clock_thread() - from));
    return status;
}

/* The photos as pixels with KEPT_PX on the shorter side, as data import --pixels stores them. */
static vt_status make_views_of_pixels(feeding *f, uint64_t epoch, vt_error *err)
{
    vt_view view = view_of(64, 0);
    vt_status status = VT_OK;
    double seconds = 0;
    f->kept_bytes = 0;
    for (int i = 0; i < f->photos.count && status == VT_OK; i++) {
        vt_image kept = f->photos.image[i];
        status = vt_jpeg_decode(f->pixels, f->codec, &kept, err);
        if (status == VT_OK) status = vt_shrink_run(&kept, f->pixels, KEPT_PX, f->shrink, err);
        if (status != VT_OK) break;
        f->kept_bytes += (double)kept.bytes;
        double from = vt_clock_thread();
        status = vt_view_load(f->out, &view, &kept,
                              vt_rng_at(1, VT_RNG_AUGMENT, epoch, (uint64_t)i), f->scratch, err);
        seconds += vt_clock_thread() - from;
    }
    bench_sample(&f->rates.pixels, f->photos.count / seconds);
    return status;
}

/* A view, against the same crop of the whole image, resampled from all of its pixels. */
static vt_status compare(feeding *f, int size, vt_error *err)
{
    vt_view view = view_of(sizes[size], 1);
    isize values = 3 * (isize)sizes[size] * sizes[size];
    double sum = 0;
    for (int i = 0; i < f->photos.count; i++) {
        vt_image whole = f->photos.image[i];
        vt_rng rng = vt_rng_at(1, VT_RNG_AUGMENT, 0, (uint64_t)i);
        isize made = values / (whole.channels == 1 ? 3 : 1);
        vt_status status = vt_view_load(f->out, &view, &whole, rng, f->scratch, err);
        if (status == VT_OK) status = vt_jpeg_decode(f->pixels, f->codec, &whole, err);
        if (status != VT_OK) return status;
        whole.jpeg = 0;
        whole.data = f->pixels;
        whole.bytes = (isize)whole.height * whole.width * whole.channels;
        status = vt_view_load(f->exact, &view, &whole, rng, f->scratch, err);
        if (status != VT_OK) return status;
        double one = 0;
        for (isize k = 0; k < made; k++) one += fabs((double)(f->out[k] - f->exact[k]));
        sum += one / (double)made;
    }
    f->difference[size] = sum / f->photos.count;
    return VT_OK;
}

/* ---- others ---- */

static vt_status ask(feeding *f, const bench_request *r, int size, int peer, vt_error *err)
{
    char words[9000], line[64] = "", *end = NULL;
    (void)snprintf(words, sizeof words, "'%s' bench/peer_feed.py %s %d '%s'", r->python,
                   peers[peer], sizes[size], f->photos.folder);
    FILE *said = popen(words, "r"); /* NOLINT(cert-env33-c): words of our own, quoted */
    if (!said) return vt_fail(err, VT_ERR_IO, "%.200s: cannot be started", words);
    if (!fgets(line, sizeof line, said)) line[0] = 0;
    int state = pclose(said), code = WIFEXITED(state) ? WEXITSTATUS(state) : -1;
    double rate = strtod(line, &end);
    if (code == 0 && end != line) {
        bench_sample(&f->rates.peer[size][peer], rate);
        bench_sample(&f->rates.beside[size][peer],
                     f->rates.view[size].at[f->rates.view[size].count - 1]);
        return VT_OK;
    }
    f->here[peer] = 0;
    bench_progress("feed: skipped: %s: %s bench/peer_feed.py does not find it", peers[peer],
                   r->python);
    return VT_OK;
}

/* ---- the whole ---- */

static vt_status measure(feeding *f, const bench_request *r, vt_error *err)
{
    vt_status status = VT_OK;
    for (int s = 0; s < SIZES && status == VT_OK; s++) status = compare(f, s, err);
    for (int i = 0; i < r->repeats && status == VT_OK; i++) {
        status = decode_whole(f, err);
        if (status == VT_OK) status = make_views_of_pixels(f, (uint64_t)i, err);
        for (int s = 0; s < SIZES && status == VT_OK; s++) {
            status = make_views(f, s, (uint64_t)i, err);
            for (int p = 0; p < PEERS && status == VT_OK; p++)
                if (f->here[p] && r->python) status = ask(f, r, s, p, err);
        }
    }
    return status;
}

static void add(const feeding *f, bench_table *table)
{
    bench_what what = {.suite = "feed", .recompute = -1, .workers = 1, .unit = "images/s"};
    double bytes = 0, pixels = 0;
    for (int i = 0; i < f->photos.count; i++) {
        bytes += (double)f->photos.image[i].bytes;
        pixels += (double)f->photos.image[i].height * f->photos.image[i].width;
    }
    what.metric = "decode_whole";
    bench_add(table, what, &f->rates.whole, NULL);
    for (int s = 0; s < SIZES; s++) {
        what.program = NULL;
        what.metric = metrics[s];
        what.limit_name = "decode_whole";
        bench_add(table, what, &f->rates.view[s], &f->rates.whole);
        what.limit_name = "patchlaw";
        for (int p = 0; p < PEERS; p++) {
            what.program = peers[p];
            if (f->rates.peer[s][p].count > 0)
                bench_add(table, what, &f->rates.peer[s][p], &f->rates.beside[s][p]);
        }
    }
    what.program = NULL;
    what.metric = "pixels_80_to_64";
    what.limit_name = "decode_whole";
    bench_add(table, what, &f->rates.pixels, &f->rates.whole);
    what = (bench_what){.suite = "feed", .recompute = -1, .unit = "of 255"};
    what.metric = "difference_224";
    bench_add_one(table, what, f->difference[0]);
    what.metric = "difference_64";
    bench_add_one(table, what, f->difference[1]);
    what.metric = "image";
    what.unit = "px";
    bench_add_one(table, what, pixels / f->photos.count);
    what.unit = "bytes";
    what.metric = "stored_as_jpeg";
    bench_add_one(table, what, bytes / f->photos.count);
    what.metric = "stored_as_pixels_80";
    bench_add_one(table, what, f->kept_bytes / f->photos.count);
}

vt_status bench_feed(const bench_request *request, vt_error *err)
{
    static feeding f;
    bench_progress("feed: views of JPEGs beside decoding them whole");
    vt_status status = open_all(&f, request->photos, err);
    if (status == VT_OK) status = measure(&f, request, err);
    if (status == VT_OK) add(&f, request->table);
    close_all(&f);
    return status;
}
