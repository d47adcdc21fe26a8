/* A data set is the folder DATA/NAME: index.txt (manifest.c) and its *.shard files (shard.c). The
 * images of a split are those of its shards, one shard after the other. */
#include "data/dataset.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/heap.h"
#include "data/content.h"
#include "data/manifest.h"
#include "data/shard.h"
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 4096 };

struct vt_dataset {
    vt_dataset_info info;
    vt_manifest manifest;
    vt_buffer shards;                  /* vt_shard *[manifest.shards], NULL until open */
    vt_buffer starts;                  /* isize [manifest.shards]: first image, in its split */
    isize shard_first[VT_SPLIT_COUNT]; /* of the split; its number of shards stands beside it */
    isize shard_count[VT_SPLIT_COUNT];
};

static vt_status labels_check(const vt_dataset *dataset, const vt_shard *shard, const char *path,
                              vt_error *err)
{
    for (isize i = 0; i < vt_shard_images(shard); i++) {
        vt_image image = vt_shard_image(shard, i);
        if (image.label >= dataset->info.classes || image.channels > dataset->info.channels) {
            return vt_fail(err, VT_ERR_FORMAT,
                           "%.200s: image %td: label %d or channels %d beyond the manifest's", path,
                           i, image.label, image.channels);
        }
    }
    return VT_OK;
}

static vt_status shards_open(vt_dataset *dataset, const char *folder, vt_error *err)
{
    const vt_manifest *m = &dataset->manifest;
    vt_status status = vt_buffer_reserve(&dataset->shards, m->shards * (isize)sizeof(void *), err);
    if (status == VT_OK)
        status = vt_buffer_reserve(&dataset->starts, m->shards * (isize)sizeof(isize), err);
    for (isize i = 0; i < m->shards && status == VT_OK; i++) {
        char path[PATH_BYTES];
        const vt_manifest_shard *entry = m->shard + i;
        vt_shard **shard = (vt_shard **)dataset->shards.data + i;
        status = vt_manifest_shard_path(path, (isize)sizeof path, folder, entry, err);
        if (status == VT_OK) status = vt_shard_open(shard, path, err);
        if (status != VT_OK) return status;
        if (vt_shard_images(*shard) != entry->file.images ||
            vt_shard_bytes(*shard) != entry->file.bytes) {
            return vt_fail(err, VT_ERR_FORMAT,
                           "%.200s: %td images in %td bytes, the manifest says %td in %td; import "
                           "the data set again",
                           path, vt_shard_images(*shard), vt_shard_bytes(*shard),
                           entry->file.images, entry->file.bytes);
        }
        status = labels_check(dataset, *shard, path, err);
        if (dataset->shard_count[entry->split]++ == 0) dataset->shard_first[entry->split] = i;
        ((isize *)dataset->starts.data)[i] = dataset->info.images[entry->split];
        dataset->info.images[entry->split] += entry->file.images;
    }
    return status;
}

vt_status vt_dataset_open(vt_dataset **out, const char *folder, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_dataset), err);
    if (status != VT_OK) return status;
    vt_dataset *dataset = block;
    vt_manifest *m = &dataset->manifest;
    status = vt_manifest_read(m, folder, err);
    if (status != VT_OK) goto done;
    dataset->info = (vt_dataset_info){.name = m->name,
                                      .sha256 = m->sha256,
                                      .classes = m->classes,
                                      .class_names = m->class_names,
                                      .channels = m->channels,
                                      .luma_mean = m->luma_mean,
                                      .luma_std = m->luma_std};
    memcpy(dataset->info.mean, m->mean, sizeof m->mean);
    memcpy(dataset->info.std, m->std, sizeof m->std);
    status = shards_open(dataset, folder, err);
    if (status != VT_OK) goto done;
    *out = dataset;
    dataset = NULL;
done:
    vt_dataset_close(&dataset);
    return status;
}

const vt_dataset_info *vt_dataset_about(const vt_dataset *dataset)
{
    return &dataset->info;
}

vt_image vt_dataset_image(const vt_dataset *dataset, vt_split split, isize index)
{
    VT_ASSERT(split < VT_SPLIT_COUNT && index >= 0 && index < dataset->info.images[split]);
    const isize *starts = (const isize *)dataset->starts.data + dataset->shard_first[split];
    isize low = 0, high = dataset->shard_count[split];
    while (high - low > 1) {
        isize middle = low + (high - low) / 2;
        if (starts[middle] <= index)
            low = middle;
        else
            high = middle;
    }
    vt_shard *const *shards = dataset->shards.data;
    return vt_shard_image(shards[dataset->shard_first[split] + low], index - starts[low]);
}

void vt_dataset_close(vt_dataset **dataset)
{
    vt_dataset *d = *dataset;
    if (!d) return;
    vt_shard **shards = d->shards.data;
    for (isize i = 0; shards && i < d->manifest.shards; i++) vt_shard_close(shards + i);
    vt_buffer_finish(&d->shards);
    vt_buffer_finish(&d->starts);
    vt_manifest_finish(&d->manifest);
    void *block = d;
    vt_heap_free(&block);
    *dataset = NULL;
}

/* ---- verification ---- */

static vt_status file_verify(const char *path, const vt_manifest_shard *entry, vt_error *err)
{
    char got[VT_SHA256_HEX];
    vt_map map = {0};
    vt_status status = vt_map_open(&map, path, err);
    if (status != VT_OK) return status;
    status = vt_sha256_of(map.data, map.bytes, got, err);
    vt_map_close(&map);
    if (status == VT_OK && strcmp(got, entry->file.sha256) != 0) {
        status = vt_fail(err, VT_ERR_FORMAT,
                         "%.200s: damaged: its SHA-256 is %.12s..., the manifest says %.12s...; "
                         "remove the data set's folder and import it again",
                         path, got, entry->file.sha256);
    }
    return status;
}

static vt_status files_verify(const char *folder, vt_error *err)
{
    vt_manifest manifest = {0};
    vt_status status = vt_manifest_read(&manifest, folder, err);
    for (isize i = 0; i < manifest.shards && status == VT_OK; i++) {
        char path[PATH_BYTES];
        const vt_manifest_shard *entry = manifest.shard + i;
        status = vt_manifest_shard_path(path, (isize)sizeof path, folder, entry, err);
        if (status == VT_OK) status = file_verify(path, entry, err);
    }
    vt_manifest_finish(&manifest);
    return status;
}

static vt_status content_verify(const vt_dataset *dataset, const char *folder, vt_error *err)
{
    const vt_dataset_info *info = &dataset->info;
    char hex[VT_SHA256_HEX];
    vt_content content = {0};
    vt_status status = vt_content_open(&content, err);
    for (vt_split split = 0; split < VT_SPLIT_COUNT; split++) {
        for (isize i = 0; i < info->images[split] && status == VT_OK; i++) {
            vt_image image = vt_dataset_image(dataset, split, i);
            status = vt_content_put(&content, split, &image, err);
        }
    }
    if (status == VT_OK)
        status = vt_content_finish(&content, info->class_names, info->classes, hex, err);
    vt_content_close(&content);
    if (status == VT_OK && strcmp(hex, info->sha256) != 0) {
        status = vt_fail(err, VT_ERR_FORMAT,
                         "%.200s/index.txt: content hash is %.12s..., the manifest says %.12s...",
                         folder, hex, info->sha256);
    }
    return status;
}

vt_status vt_dataset_verify(const char *folder, vt_error *err)
{
    vt_dataset *dataset = NULL;
    vt_status status = files_verify(folder, err);
    if (status == VT_OK) status = vt_dataset_open(&dataset, folder, err);
    if (status == VT_OK) status = content_verify(dataset, folder, err);
    vt_dataset_close(&dataset);
    return status;
}
