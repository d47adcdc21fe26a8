#include "data/store.h"
#include "base/file.h"
#include "base/heap.h"
#include "data/content.h"
#include "data/manifest.h"
#include "data/shard.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, NAME_BYTES = 101 };

struct vt_store {
    char name[NAME_BYTES], data_folder[PATH_BYTES], target[PATH_BYTES], partial[PATH_BYTES];
    char sha256[VT_SHA256_HEX];
    int lock;            /* descriptor of the partial folder, which is locked; or -1 */
    vt_dataset *present; /* what stands at target already */
    vt_content content;
    vt_pixels sums;
    int channels;
    isize shard_bytes, images[VT_SPLIT_COUNT];
    vt_shard_writer *shard; /* that is being written */
    vt_manifest_shard current;
    vt_buffer shards; /* vt_manifest_shard [shards_done] */
    isize shards_done;
};

/* ---- the partial folder ---- */

/* Removes the files of an earlier one that was killed; it makes no folders. */
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
        status = vt_fail(err, vt_error_of(errno), "%.200s: cannot sync: %s", path, strerror(errno));
    if (fd >= 0) (void)close(fd);
    return status;
}

static vt_status partial_open(vt_store *self, vt_error *err)
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
                       self->name);
    }
    return folder_empty(self->partial, err);
}

int vt_store_name_good(const char *name)
{
    static const char letters[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
    size_t length = strlen(name);
    return length >= 1 && length < NAME_BYTES && name[0] != '.' && strspn(name, letters) == length;
}

static vt_status paths_set(vt_store *self, const char *data_folder, const char *name, vt_error *err)
{
    if (!vt_store_name_good(name)) {
        return vt_fail(err, VT_ERR_CONFIG,
                       "\"%.100s\" is no name for a data set: wanted 1 to 100 letters, digits, "
                       "'.', '_' or '-', not beginning with '.'",
                       name);
    }
    if (strlen(data_folder) + NAME_BYTES + 64 > PATH_BYTES)
        return vt_fail(err, VT_ERR_CONFIG, "%.200s...: path too long", data_folder);
    (void)snprintf(self->name, sizeof self->name, "%s", name);
    (void)snprintf(self->data_folder, sizeof self->data_folder, "%s", data_folder);
    (void)snprintf(self->target, sizeof self->target, "%s/%s", data_folder, name);
    (void)snprintf(self->partial, sizeof self->partial, "%s/.%s.partial", data_folder, name);
    return VT_OK;
}

/* An existing data set makes the store a comparison. */
static vt_status present_open(vt_store *self, vt_error *err)
{
    struct stat info;
    if (lstat(self->target, &info) != 0) return VT_OK;
    vt_status status = vt_dataset_open(&self->present, self->target, err);
    if (status != VT_OK)
        vt_error_context(err, "%.120s is there but is not whole; remove it first", self->target);
    return status;
}

vt_status vt_store_open(vt_store **out, const char *data_folder, const char *name,
                        isize shard_bytes, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_store), err);
    if (status != VT_OK) return status;
    vt_store *self = block;
    self->lock = -1;
    self->shard_bytes =
        shard_bytes <= 0 || shard_bytes > VT_SHARD_BYTES_MAX ? VT_SHARD_BYTES_MAX : shard_bytes;
    status = paths_set(self, data_folder, name, err);
    if (status == VT_OK) status = present_open(self, err);
    if (status == VT_OK) status = partial_open(self, err);
    if (status == VT_OK) status = vt_content_open(&self->content, err);
    if (status != VT_OK) goto done;
    *out = self;
    self = NULL;
done:
    vt_store_close(&self);
    return status;
}

const char *vt_store_folder(const vt_store *self)
{
    return self->partial;
}

int vt_store_existed(const vt_store *self)
{
    return self->present != NULL;
}

isize vt_store_images(const vt_store *self, vt_split split)
{
    return self->images[split];
}

const char *vt_store_sha256(const vt_store *self)
{
    return self->sha256;
}

/* ---- images ---- */

static vt_status shard_end(vt_store *self, vt_error *err)
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

static vt_status shard_put(vt_store *self, vt_split split, const vt_image *image, vt_error *err)
{
    char path[PATH_BYTES];
    vt_status status = VT_OK;
    if (self->shard && (split != self->current.split ||
                        vt_shard_writer_bytes(self->shard, image->bytes) > self->shard_bytes))
        status = shard_end(self, err);
    if (status == VT_OK && !self->shard) {
        if (split != self->current.split) self->current = (vt_manifest_shard){.split = split};
        status =
            vt_manifest_shard_path(path, (isize)sizeof path, self->partial, &self->current, err);
        if (status == VT_OK) status = vt_shard_writer_open(&self->shard, path, err);
    }
    return status == VT_OK ? vt_shard_writer_put(self->shard, image, err) : status;
}

vt_status vt_store_put(vt_store *self, vt_split split, const vt_image *image,
                       const vt_pixels *pixels, vt_error *err)
{
    if (image->channels > self->channels) self->channels = image->channels;
    if (split == VT_SPLIT_TRAIN) vt_pixels_add(&self->sums, pixels);
    self->images[split]++;
    vt_status status = vt_content_put(&self->content, split, image, err);
    if (status == VT_OK && !self->present) status = shard_put(self, split, image, err);
    return status;
}

/* ---- the whole ---- */

static vt_status manifest_write(vt_store *self, const char *const *class_names, isize classes,
                                vt_error *err)
{
    vt_pixels_summary summary = vt_pixels_summarise(&self->sums);
    vt_manifest manifest = {.name = self->name,
                            .sha256 = self->sha256,
                            .channels = self->channels,
                            .luma_mean = summary.mean[VT_PIXELS_LUMA],
                            .luma_std = summary.std[VT_PIXELS_LUMA],
                            .classes = classes,
                            .class_names = class_names,
                            .shards = self->shards_done,
                            .shard = self->shards.data};
    memcpy(manifest.mean, summary.mean, sizeof manifest.mean);
    memcpy(manifest.std, summary.std, sizeof manifest.std);
    return vt_manifest_write(&manifest, self->partial, err);
}

static vt_status present_compare(const vt_store *self, vt_error *err)
{
    const vt_dataset_info *info = vt_dataset_about(self->present);
    if (strcmp(info->sha256, self->sha256) == 0) return VT_OK;
    return vt_fail(err, VT_ERR_CONFIG,
                   "%.200s is there with other content (%.12s..., this is %.12s...); remove it "
                   "or import under another name",
                   self->target, info->sha256, self->sha256);
}

vt_status vt_store_end(vt_store *self, const char *const *class_names, isize classes, vt_error *err)
{
    vt_status status = shard_end(self, err);
    if (status == VT_OK)
        status = vt_content_finish(&self->content, class_names, classes, self->sha256, err);
    if (status != VT_OK) return status;
    return self->present ? present_compare(self, err)
                         : manifest_write(self, class_names, classes, err);
}

vt_status vt_store_keep(vt_store *self, vt_error *err)
{
    if (self->present) return VT_OK;
    if (rename(self->partial, self->target) != 0) {
        return vt_fail(err, vt_error_of(errno), "%.200s: cannot rename to %.200s: %s",
                       self->partial, self->target, strerror(errno));
    }
    (void)close(self->lock); /* nothing is left to clear away */
    self->lock = -1;
    return folder_sync(self->data_folder, err);
}

void vt_store_close(vt_store **store)
{
    vt_store *self = *store;
    if (!self) return;
    vt_shard_writer_close(&self->shard);
    vt_content_close(&self->content);
    vt_dataset_close(&self->present);
    vt_buffer_finish(&self->shards);
    if (self->lock >= 0) {
        vt_error ignored;
        if (folder_empty(self->partial, &ignored) == VT_OK) (void)rmdir(self->partial);
        (void)close(self->lock);
    }
    void *block = self;
    vt_heap_free(&block);
    *store = NULL;
}
