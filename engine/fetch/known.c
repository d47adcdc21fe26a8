#include "fetch/known.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/heap.h"
#include "fetch/local.h"
#include "fetch/url.h"
#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, TICK_MS = 200, DELAY_MAX_S = 60 };

/* Sizes and digests are those that TensorFlow Datasets publishes (checksums.tsv and url_checksums
 * of tensorflow/datasets); the MD5 sums of the authors' pages and of torchvision are of the same
 * files.
 */
static const vt_known_set sets[] = {
    {"cifar10",
     "https://www.cs.toronto.edu/~kriz",
     {{"cifar-10-binary.tar.gz", 170052171,
       "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"}},
     NULL,
     ""},
    {"fashion-mnist",
     "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
     {{"train-images-idx3-ubyte.gz", 26421880,
       "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"},
      {"train-labels-idx1-ubyte.gz", 29515,
       "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"},
      {"t10k-images-idx3-ubyte.gz", 4422102,
       "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"},
      {"t10k-labels-idx1-ubyte.gz", 5148,
       "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"}},
     "/usr/share/datasets/fashion-mnist", /* Debian's dataset-fashion-mnist */
     " --classes 'T-shirt/top,Trouser,Pullover,Dress,Coat,Sandal,Shirt,Sneaker,Bag,Ankle boot'"},
    {"imagenette",
     "https://s3.amazonaws.com/fast-ai-imageclas",
     {{"imagenette2-320.tgz", 341663724,
       "569b4497c98db6dd29f335d1f109cf315fe127053cedf69010d047f0188e158c"}},
     NULL,
     ""},
    {"imagenette-160",
     "https://s3.amazonaws.com/fast-ai-imageclas",
     {{"imagenette2-160.tgz", 99003388,
       "64d0c4859f35a461889e0147755a999a48b49bf38a7e0f9bd27003f10db02fe5"}},
     NULL,
     ""},
    {"imagenette-full",
     "https://s3.amazonaws.com/fast-ai-imageclas",
     {{"imagenette2.tgz", 1557161267,
       "6cbfac238434d89fe99e651496f0812ebc7a10fa62bd42d6874042bf01de4efd"}},
     NULL,
     ""},
};

const vt_known_set *vt_known(const char *name)
{
    for (size_t i = 0; i < sizeof sets / sizeof *sets; i++)
        if (strcmp(sets[i].name, name) == 0) return &sets[i];
    return NULL;
}

/* ---- one file ---- */

typedef struct {
    const vt_known_options *options;
    const vt_known_file *file;
    vt_net *net;
    char url[PATH_BYTES], path[PATH_BYTES], partial[PATH_BYTES];
    int fd;
    int64_t at, begin; /* bytes that are there, now and when it began */
    double begin_s;
    int cause; /* errno of a write that failed */
} download;

static double now_s(void)
{
    struct timespec now = {0};
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int stopping(const download *d)
{
    return d->options->stop && *d->options->stop;
}

static int put(void *context, const void *data, isize bytes)
{
    download *d = context;
    const char *from = data;
    while (bytes > 0) {
        ssize_t wrote = pwrite(d->fd, from, (size_t)bytes, d->at);
        if (wrote < 0 && errno == EINTR) continue;
        if (wrote <= 0) {
            d->cause = errno;
            return 0;
        }
        from += wrote;
        d->at += wrote;
        bytes -= (isize)wrote;
    }
    return d->at <= d->file->bytes; /* more than it has is not it */
}

static void tell(const download *d)
{
    double elapsed = now_s() - d->begin_s;
    vt_known_progress p = {.file = d->file->name,
                           .bytes = d->at,
                           .of = d->file->bytes,
                           .bytes_s = elapsed > 0 ? (double)(d->at - d->begin) / elapsed : 0,
                           .elapsed_s = elapsed};
    if (d->options->progress) d->options->progress(d->options->context, &p);
}

/* One download, from where the partial file ends. *state says how it ended. */
static vt_status attempt(download *d, vt_net_result *result, vt_error *err)
{
    vt_net_sink sink = {.from = d->at, .put = put};
    vt_status status = vt_net_start(d->net, d->url, &sink, d, err);
    while (status == VT_OK && !vt_net_take(d->net, result)) {
        status = vt_net_wait(d->net, 1e-3 * TICK_MS, err);
        tell(d);
        if (status == VT_OK && stopping(d))
            status = vt_fail(err, VT_ERR_CANCELLED, "stopped; the same command goes on");
    }
    if (status == VT_OK && d->cause != 0)
        status = vt_fail(err, vt_error_of(d->cause), "%.200s: cannot write: %s", d->partial,
                         strerror(d->cause));
    return status;
}

static void pause_for(const download *d, double seconds)
{
    const struct timespec tick = {.tv_nsec = TICK_MS * 1000000L};
    for (double until = now_s() + seconds; now_s() < until && !stopping(d);)
        (void)nanosleep(&tick, NULL);
}

/* What to do about it; the same command goes on, whatever it was. */
static const char *cure_of(vt_state state)
{
    if (state == VT_STATE_DNS || state == VT_STATE_CONNECT)
        return "is the network there? Call again then, or name a place that has it with --mirror";
    if (state == VT_STATE_ADDRESS) return "--allow-private allows that";
    if (state == VT_STATE_BAD_URL) return "--mirror names a folder, or an http or https URL";
    if (state == VT_STATE_TLS)
        return "name a file with its authority with --ca-file, or another place with --mirror";
    return "the same command goes on, --mirror PLACE takes it from elsewhere";
}

static vt_status not_had(const download *d, const vt_net_result *result, vt_error *err)
{
    char status[32] = "";
    if (result->http > 0) (void)snprintf(status, sizeof status, " (HTTP %d)", result->http);
    return vt_fail(err, VT_ERR_IO, "%.150s: %s%s%s%.60s, %lld of %lld bytes are there; %s", d->url,
                   vt_state_text(result->state), status, *result->detail ? ": " : "",
                   result->detail, (long long)d->at, (long long)d->file->bytes,
                   cure_of(result->state));
}

/* Until the partial file is as long as the file is. */
static vt_status download_all(download *d, vt_error *err)
{
    const vt_known_options *o = d->options;
    for (int tries = 0; d->at < d->file->bytes; tries++) {
        vt_net_result result = {.state = VT_STATE_OK};
        int64_t before = d->at;
        vt_status status = attempt(d, &result, err);
        if (status != VT_OK) return status;
        if (d->at >= d->file->bytes) break;
        /* A server that knows no ranges, or has another file: once more from the beginning. */
        int no_range = before > 0 && (result.state == VT_STATE_PROTOCOL || result.http == 416);
        if (no_range && ftruncate(d->fd, 0) == 0) d->at = d->begin = 0;
        if (d->at > before) tries = 0; /* it goes on */
        int again = no_range || vt_state_transient(result.state);
        if (!again || tries >= o->retries) return not_had(d, &result, err);
        double delay = fmin(ldexp(o->backoff_s, tries), DELAY_MAX_S);
        if (!no_range) pause_for(d, fmax(delay, fmin(result.after_s, DELAY_MAX_S)));
    }
    return VT_OK;
}

/* The partial file becomes the file, or is gone. */
static vt_status keep(const download *d, vt_error *err)
{
    isize bytes = 0;
    char sha256[VT_SHA256_HEX];
    vt_status status = vt_file_describe(d->partial, &bytes, sha256, err);
    if (status != VT_OK) return status;
    if (strcmp(sha256, d->file->sha256) != 0) {
        (void)unlink(d->partial);
        return vt_fail(err, VT_ERR_FORMAT,
                       "%.200s: another file than is known by that name: SHA-256 %.64s, should be "
                       "%.64s. It is removed",
                       d->url, sha256, d->file->sha256);
    }
    if (fsync(d->fd) == 0 && rename(d->partial, d->path) == 0) return VT_OK;
    return vt_fail(err, vt_error_of(errno), "%.200s: cannot be kept: %s", d->partial,
                   strerror(errno));
}

static vt_status download_open(download *d, vt_error *err)
{
    struct stat info;
    d->fd = open(d->partial, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    if (d->fd < 0 || fstat(d->fd, &info) != 0)
        return vt_fail(err, vt_error_of(errno), "%.200s: cannot open: %s", d->partial,
                       strerror(errno));
    d->at = (int64_t)info.st_size;
    if (d->at > d->file->bytes && ftruncate(d->fd, 0) == 0) d->at = 0;
    d->begin = d->at;
    d->begin_s = now_s();
    return VT_OK;
}

static vt_status file_fetch(download *d, vt_error *err)
{
    vt_status status = download_open(d, err);
    if (status == VT_OK) status = download_all(d, err);
    if (status == VT_OK) status = keep(d, err);
    tell(d);
    if (status != VT_OK && d->at == 0) (void)unlink(d->partial);
    if (d->fd >= 0) (void)close(d->fd);
    d->fd = -1;
    return status;
}

/* A mirror that is a folder: its file is copied, once it is known to be the right one. */
static vt_status file_copy(download *d, vt_error *err)
{
    isize bytes = 0;
    char sha256[VT_SHA256_HEX];
    vt_map map;
    vt_writer *writer = NULL;
    vt_status status = vt_file_describe(d->url, &bytes, sha256, err);
    if (status == VT_OK && strcmp(sha256, d->file->sha256) != 0)
        status = vt_fail(err, VT_ERR_FORMAT,
                         "%.200s: another file than is known by that name: SHA-256 %.64s, should "
                         "be %.64s",
                         d->url, sha256, d->file->sha256);
    if (status == VT_OK) status = vt_map_open(&map, d->url, err);
    if (status != VT_OK) return status;
    status = vt_writer_open(&writer, d->path, err);
    if (status == VT_OK) status = vt_writer_put(writer, map.data, map.bytes, err);
    if (status == VT_OK) status = vt_writer_commit(writer, NULL, err);
    vt_writer_close(&writer);
    vt_map_close(&map);
    return status;
}

/* ---- a data set ---- */

static int is_folder(const char *path)
{
    struct stat info;
    return path && stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static vt_status place(download *d, const vt_known_set *set, vt_error *err)
{
    const vt_known_options *o = d->options;
    const char *base = o->mirror ? o->mirror : set->home;
    int length = snprintf(d->path, PATH_BYTES, "%s/%s/%s", o->folder, set->name, d->file->name);
    int more = snprintf(d->partial, PATH_BYTES, "%s.partial", d->path);
    int url = snprintf(d->url, PATH_BYTES, "%s/%s", base, d->file->name);
    if (length < PATH_BYTES && more < PATH_BYTES && url < PATH_BYTES) return VT_OK;
    return vt_fail(err, VT_ERR_CONFIG, "%.200s: path too long", o->folder);
}

/* *there: it was fetched before. */
static vt_status file_look(const download *d, int *there, vt_error *err)
{
    isize bytes = 0;
    char sha256[VT_SHA256_HEX];
    *there = access(d->path, F_OK) == 0;
    vt_status status = *there ? vt_file_describe(d->path, &bytes, sha256, err) : VT_OK;
    if (status != VT_OK || !*there || strcmp(sha256, d->file->sha256) == 0) return status;
    return vt_fail(err, VT_ERR_FORMAT, "%.200s: damaged (SHA-256 %.64s); remove it", d->path,
                   sha256);
}

static vt_status fetch_files(download *d, const vt_known_set *set, vt_error *err)
{
    const vt_known_options *o = d->options;
    if (o->mirror && !is_folder(o->mirror) && !strstr(o->mirror, "://"))
        return vt_fail(err, VT_ERR_CONFIG, "--mirror %.200s: no folder of that name, and no URL",
                       o->mirror);
    char folder[PATH_BYTES];
    (void)snprintf(folder, sizeof folder, "%s/%s", o->folder, set->name);
    vt_status status = vt_folder_make(folder, err);
    if (status == VT_OK) status = vt_net_open(&d->net, &o->net, err);
    for (int i = 0; i < VT_KNOWN_FILES && set->files[i].name && status == VT_OK; i++) {
        d->file = &set->files[i];
        int there = 0;
        status = place(d, set, err);
        if (status == VT_OK) status = file_look(d, &there, err);
        if (status != VT_OK || there) continue;
        status = is_folder(o->mirror) ? file_copy(d, err) : file_fetch(d, err);
    }
    vt_net_close(&d->net);
    return status;
}

vt_status vt_known_fetch(const vt_known_options *options, char command[8192], int *in_place,
                         vt_error *err)
{
    const vt_known_set *set = options->set;
    *in_place = !options->mirror && is_folder(set->package);
    char from[PATH_BYTES];
    int one = !set->files[1].name; /* a single file is imported as it is, several as their folder */
    (void)snprintf(from, sizeof from, "%s/%s%s%s", options->folder, set->name, one ? "/" : "",
                   one ? set->files[0].name : "");
    (void)snprintf(command, 8192, "patchlaw data import %s %s%s", set->name,
                   *in_place ? set->package : from, set->options);
    if (*in_place) return VT_OK;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(download), err);
    if (status != VT_OK) return status;
    download *d = block;
    d->options = options;
    d->fd = -1;
    status = fetch_files(d, set, err);
    vt_heap_free(&block);
    return status;
}
