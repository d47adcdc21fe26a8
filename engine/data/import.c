#include "data/import.h"
#include "base/file.h"
#include "base/heap.h"
#include "base/log.h"
#include "data/cifar.h"
#include "data/content.h"
#include "data/folder.h"
#include "data/idx.h"
#include "data/jpeg.h"
#include "data/manifest.h"
#include "data/names.h"
#include "data/pixels.h"
#include "data/shard.h"
#include "data/tar.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096 };

typedef struct {
    const vt_import_options *options;
    vt_import_report *report;
    char target[PATH_BYTES], partial[PATH_BYTES];
    int lock;            /* descriptor of the partial folder, which is locked; or -1 */
    vt_dataset *present; /* what stands at target already */
    vt_source *source;
    vt_jpeg *jpeg;
    vt_buffer pixels; /* of a decoded JPEG */
    vt_content content;
    vt_pixels sums;
    int channels;
    vt_shard_writer *shard; /* that is being written */
    vt_manifest_shard current;
    vt_buffer shards; /* vt_manifest_shard [shards_done] */
    isize shards_done;
} import;

const char *vt_format_name(vt_format format)
{
    static const char *const names[VT_FORMAT_COUNT] = {"auto", "idx", "cifar", "folder", "tar"};
    return names[format];
}

/* ---- the partial folder ---- */

static int is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* Removes the files of an import; it makes no folders. */
static vt_status folder_empty(const char *path, vt_error *err)
{
    vt_status status = VT_OK;
    DIR *folder = opendir(path);
    if (!folder) return vt_fail(err, VT_ERR_IO, "%.200s: cannot open: %s", path, strerror(errno));
    for (const struct dirent *file = readdir(folder); file && status == VT_OK;
         file = readdir(folder)) {
        if (strcmp(file->d_name, ".") == 0 || strcmp(file->d_name, "..") == 0) continue;
        if (unlinkat(dirfd(folder), file->d_name, 0) != 0)
            status = vt_fail(err, VT_ERR_IO, "%.200s/%.80s: cannot remove: %s", path, file->d_name,
                             strerror(errno));
    }
    (void)closedir(folder);
    return status;
}

static vt_status folder_sync(const char *path, vt_error *err)
{
    vt_status status = VT_OK;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0 || fsync(fd) != 0)
        status = vt_fail(err, VT_ERR_IO, "%.200s: cannot sync: %s", path, strerror(errno));
    if (fd >= 0) (void)close(fd);
    return status;
}

static vt_status partial_open(import *self, vt_error *err)
{
    vt_status status = vt_folder_make(self->partial, err);
    if (status != VT_OK) return status;
    self->lock = open(self->partial, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (self->lock < 0)
        return vt_fail(err, VT_ERR_IO, "%.200s: cannot open: %s", self->partial, strerror(errno));
    if (flock(self->lock, LOCK_EX | LOCK_NB) != 0) {
        (void)close(self->lock);
        self->lock = -1;
        return vt_fail(err, VT_ERR_IO, "%.200s: another import of %s is under way", self->partial,
                       self->options->name);
    }
    return folder_empty(self->partial, err); /* left by an import that was killed */
}

static vt_status partial_keep(import *self, vt_error *err)
{
    if (rename(self->partial, self->target) != 0) {
        return vt_fail(err, VT_ERR_IO, "%.200s: cannot rename to %.200s: %s", self->partial,
                       self->target, strerror(errno));
    }
    (void)close(self->lock); /* nothing is left to clear away */
    self->lock = -1;
    return folder_sync(self->options->data_folder, err);
}

/* ---- the source ---- */

static vt_status part_list(vt_files *files, const vt_import_options *o, const char *path,
                           vt_part part, vt_error *err)
{
    int folder = o->format == VT_FORMAT_FOLDER || (o->format == VT_FORMAT_AUTO && is_folder(path));
    return folder ? vt_folder_list(files, path, part, err) : vt_tar_list(files, path, part, err);
}

/* Said before hundreds of files are named as misplaced. */
static vt_status layout_check(const char *path, vt_error *err)
{
    char train[PATH_BYTES + 8];
    (void)snprintf(train, sizeof train, "%s/train", path);
    if (!is_folder(path) || is_folder(train)) return VT_OK;
    return vt_fail(err, VT_ERR_CONFIG,
                   "%.200s: neither IDX nor CIFAR files, nor a folder train there; wanted "
                   "train/CLASS/NAME.jpg below it, or --train PATH --test PATH with "
                   "CLASS/NAME.jpg below each",
                   path);
}

static vt_status files_open(import *self, vt_error *err)
{
    const vt_import_options *o = self->options;
    char spool[PATH_BYTES + 8];
    vt_files *files = NULL;
    if (o->path && layout_check(o->path, err) != VT_OK) return VT_ERR_CONFIG;
    (void)snprintf(spool, sizeof spool, "%s/spool", self->partial);
    vt_status status = vt_files_open(&files, spool, err);
    if (status == VT_OK && o->path) status = part_list(files, o, o->path, VT_PART_NAMED, err);
    if (status == VT_OK && o->train) status = part_list(files, o, o->train, VT_PART_TRAIN, err);
    if (status == VT_OK && o->val) status = part_list(files, o, o->val, VT_PART_VAL, err);
    if (status == VT_OK && o->test) status = part_list(files, o, o->test, VT_PART_TEST, err);
    if (status == VT_OK) status = vt_files_start(&self->source, &files, err);
    vt_files_close(&files);
    return status;
}

static vt_format format_find(const vt_import_options *o)
{
    if (o->format != VT_FORMAT_AUTO || !o->path) return o->format;
    if (is_folder(o->path) && vt_idx_found(o->path)) return VT_FORMAT_IDX;
    if (vt_cifar_found(o->path)) return VT_FORMAT_CIFAR;
    return VT_FORMAT_AUTO;
}

static vt_status source_open(import *self, vt_error *err)
{
    const vt_import_options *o = self->options;
    vt_format format = format_find(o);
    int whole = format == VT_FORMAT_IDX || format == VT_FORMAT_CIFAR;
    if (o->classes > 0 && format != VT_FORMAT_IDX)
        return vt_fail(err, VT_ERR_CONFIG,
                       "class names are given for IDX files alone; others "
                       "carry their own");
    if (whole && (!o->path || o->train || o->test || o->val))
        return vt_fail(err, VT_ERR_CONFIG, "format %s takes one path that holds both splits",
                       vt_format_name(format));
    if (format == VT_FORMAT_IDX)
        return vt_idx_open(&self->source, o->path, o->class_names, o->classes, err);
    if (format == VT_FORMAT_CIFAR) return vt_cifar_open(&self->source, o->path, err);
    return files_open(self, err);
}

/* ---- images ---- */

static vt_status skip(import *self, const vt_item *item, vt_skip reason, const char *detail,
                      vt_error *err)
{
    vt_import_report *report = self->report;
    const char *text = vt_skip_text(reason);
    if (self->options->strict) {
        return vt_fail(err, VT_ERR_FORMAT, "%.200s: %s%s%.120s (without strict it is left out)",
                       item->name, text, *detail ? ": " : "", detail);
    }
    vt_log("skipped: %s: %s%s%s", item->name, text, *detail ? ": " : "", detail);
    if (report->skipped_total < VT_IMPORT_NAMED)
        (void)snprintf(report->first[report->skipped_total], VT_IMPORT_NAME_BYTES, "%.200s: %s",
                       item->name, text);
    report->skipped[reason]++;
    report->skipped_total++;
    return VT_OK;
}

/* *reason to leave the JPEG out, with *why; or NONE: image has its size, self->pixels its pixels.
 */
static vt_status jpeg_check(import *self, vt_image *image, vt_skip *reason, vt_error *why,
                            vt_error *err)
{
    *reason = vt_jpeg_measure(image, self->jpeg, why);
    if (*reason != VT_SKIP_NONE) return VT_OK;
    isize bytes = (isize)image->height * image->width * image->channels;
    vt_status status = vt_buffer_reserve(&self->pixels, bytes, err);
    if (status != VT_OK) return status;
    if (vt_jpeg_decode(self->pixels.data, self->jpeg, image, why) != VT_OK)
        *reason = VT_SKIP_DAMAGED;
    return VT_OK;
}

static vt_status shard_end(import *self, vt_error *err)
{
    if (!self->shard) return VT_OK;
    isize item = (isize)sizeof(vt_manifest_shard);
    vt_status status = vt_buffer_reserve(&self->shards, (self->shards_done + 1) * item, err);
    if (status != VT_OK) return status;
    status = vt_shard_writer_commit(self->shard, &self->current.file, err);
    if (status != VT_OK) return status;
    ((vt_manifest_shard *)self->shards.data)[self->shards_done++] = self->current;
    self->current.number++;
    vt_shard_writer_close(&self->shard);
    return VT_OK;
}

static vt_status shard_put(import *self, vt_split split, const vt_image *image, vt_error *err)
{
    char path[PATH_BYTES];
    isize most = self->options->shard_bytes;
    vt_status status = VT_OK;
    if (most <= 0 || most > VT_SHARD_BYTES_MAX) most = VT_SHARD_BYTES_MAX;
    if (self->shard &&
        (split != self->current.split || vt_shard_writer_bytes(self->shard, image->bytes) > most))
        status = shard_end(self, err);
    if (status == VT_OK && !self->shard) {
        if (split != self->current.split) self->current = (vt_manifest_shard){.split = split};
        status =
            vt_manifest_shard_path(path, (isize)sizeof path, self->partial, &self->current, err);
        if (status == VT_OK) status = vt_shard_writer_open(&self->shard, path, err);
    }
    return status == VT_OK ? vt_shard_writer_put(self->shard, image, err) : status;
}

static vt_status item_put(import *self, vt_item *item, vt_error *err)
{
    vt_error why = {{0}};
    vt_image *image = &item->image;
    const unsigned char *pixels = image->data;
    vt_skip reason = item->skip;
    vt_status status = VT_OK;
    if (reason == VT_SKIP_NONE && image->jpeg) {
        status = jpeg_check(self, image, &reason, &why, err);
        pixels = self->pixels.data;
    }
    if (status != VT_OK) return status;
    if (reason != VT_SKIP_NONE) return skip(self, item, reason, why.text, err);
    if (image->channels > self->channels) self->channels = image->channels;
    if (item->split == VT_SPLIT_TRAIN)
        vt_pixels_put(&self->sums, pixels, (isize)image->height * image->width, image->channels);
    self->report->images[item->split]++;
    status = vt_content_put(&self->content, item->split, image, err);
    if (status == VT_OK && !self->present) status = shard_put(self, item->split, image, err);
    return status;
}

static vt_status items_put(import *self, vt_error *err)
{
    const vt_import_options *o = self->options;
    const vt_import_report *report = self->report;
    int more = 1;
    vt_status status = VT_OK;
    while (status == VT_OK) {
        vt_item item;
        status = vt_source_next(self->source, &item, &more, err);
        if (status != VT_OK || !more) break;
        status = item_put(self, &item, err);
        vt_import_progress now = {.images = report->images[0] + report->images[1],
                                  .skipped = report->skipped_total};
        if (o->progress) o->progress(o->context, &now);
    }
    if (status == VT_OK) status = shard_end(self, err);
    if (status == VT_OK && report->images[VT_SPLIT_TRAIN] == 0) {
        status = vt_fail(err, VT_ERR_FORMAT,
                         "%.200s: no image for the training split (%td skipped); wanted: "
                         "train/CLASS/NAME.jpg, or --train PATH with CLASS/NAME.jpg",
                         o->path ? o->path : o->train, report->skipped_total);
    }
    return status;
}

/* ---- the whole ---- */

static vt_status manifest_write(import *self, vt_error *err)
{
    vt_pixels_summary summary = vt_pixels_summarise(&self->sums);
    vt_manifest manifest = {.name = self->options->name,
                            .sha256 = self->report->sha256,
                            .channels = self->channels,
                            .luma_mean = summary.mean[VT_PIXELS_LUMA],
                            .luma_std = summary.std[VT_PIXELS_LUMA],
                            .classes = self->source->classes,
                            .class_names = self->source->class_names,
                            .shards = self->shards_done,
                            .shard = self->shards.data};
    memcpy(manifest.mean, summary.mean, sizeof manifest.mean);
    memcpy(manifest.std, summary.std, sizeof manifest.std);
    return vt_manifest_write(&manifest, self->partial, err);
}

static vt_status options_check(import *self, vt_error *err)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    const vt_import_options *o = self->options;
    size_t length = strlen(o->name);
    if (length < 1 || length > 100 || o->name[0] == '.' || strspn(o->name, letters) != length) {
        return vt_fail(err, VT_ERR_CONFIG,
                       "\"%.100s\" is no name for a data set: wanted 1 to 100 letters, digits, "
                       "'.', '_' or '-', not beginning with '.'",
                       o->name);
    }
    if (!o->path && !o->train)
        return vt_fail(err, VT_ERR_CONFIG, "nothing to import: give a path, or train and test");
    if (o->path && o->train)
        return vt_fail(err, VT_ERR_CONFIG, "give a path or a training path, not both");
    int used = snprintf(self->target, PATH_BYTES - 64, "%s/%s", o->data_folder, o->name);
    if (used < 0 || used >= PATH_BYTES - 64)
        return vt_fail(err, VT_ERR_CONFIG, "%.200s...: path too long", o->data_folder);
    (void)snprintf(self->partial, sizeof self->partial, "%s/.%s.partial", o->data_folder, o->name);
    return VT_OK;
}

/* An existing data set makes the import a comparison. */
static vt_status present_open(import *self, vt_error *err)
{
    struct stat info;
    if (lstat(self->target, &info) != 0) return VT_OK;
    vt_status status = vt_dataset_open(&self->present, self->target, err);
    if (status != VT_OK)
        vt_error_context(err, "%.120s is there but is not whole; remove it first", self->target);
    return status;
}

static vt_status present_compare(import *self, vt_error *err)
{
    const vt_dataset_info *info = vt_dataset_about(self->present);
    if (strcmp(info->sha256, self->report->sha256) != 0) {
        return vt_fail(err, VT_ERR_CONFIG,
                       "%.200s is there with other content (%.12s..., this is %.12s...); remove it "
                       "or import under another name",
                       self->target, info->sha256, self->report->sha256);
    }
    self->report->existed = 1;
    return VT_OK;
}

static vt_status run(import *self, vt_error *err)
{
    vt_status status = options_check(self, err);
    if (status == VT_OK) status = present_open(self, err);
    if (status == VT_OK) status = partial_open(self, err);
    if (status == VT_OK) status = vt_jpeg_open(&self->jpeg, err);
    if (status == VT_OK) status = vt_content_open(&self->content, err);
    if (status == VT_OK) status = source_open(self, err);
    if (status == VT_OK) status = items_put(self, err);
    if (status != VT_OK) return status;
    self->report->classes = self->source->classes;
    status = vt_content_finish(&self->content, self->source->class_names, self->source->classes,
                               self->report->sha256, err);
    if (status == VT_OK && self->present) return present_compare(self, err);
    if (status == VT_OK) status = manifest_write(self, err);
    vt_source_close(&self->source); /* its spool lies in the folder that is kept */
    if (status == VT_OK) status = partial_keep(self, err);
    return status;
}

vt_status vt_import(const vt_import_options *options, vt_import_report *report, vt_error *err)
{
    void *block = NULL;
    *report = (vt_import_report){0};
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(import), err);
    if (status != VT_OK) return status;
    import *self = block;
    *self = (import){.options = options, .report = report, .lock = -1};
    status = run(self, err);
    vt_shard_writer_close(&self->shard);
    vt_source_close(&self->source);
    vt_content_close(&self->content);
    vt_jpeg_close(&self->jpeg);
    vt_dataset_close(&self->present);
    vt_buffer_finish(&self->pixels);
    vt_buffer_finish(&self->shards);
    if (self->lock >= 0) {
        vt_error ignored;
        if (folder_empty(self->partial, &ignored) == VT_OK) (void)rmdir(self->partial);
        (void)close(self->lock);
    }
    vt_heap_free(&block);
    return status;
}
