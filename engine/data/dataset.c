/* A data set is the folder DATA/NAME: index.txt (manifest.c) and its *.shard files (shard.c). The
 * images of a split are those of its shards, one shard after the other. */
#include "data/dataset.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/heap.h"
#include "data/content.h"
#include "data/manifest.h"
#include "data/names.h"
#include "data/shard.h"
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

enum { PATH_BYTES = 4096 };

/* A data set of a mix. */
typedef struct {
    vt_dataset *dataset;          /* owned */
    vt_buffer labels;             /* int32_t [its classes]: in the mix */
    isize starts[VT_SPLIT_COUNT]; /* of its images in the mix */
} part;

typedef struct {
    vt_shard *shard;    /* owned; NULL until it is mapped */
    isize start;        /* its first image, in its split */
    atomic_int checked; /* 1: its index is good */
} piece;

struct vt_dataset {
    vt_dataset_info info;
    char folder[PATH_BYTES];
    vt_mix mix; /* sources 0: it is none */
    part parts[VT_MIX_SOURCES];
    vt_names classes; /* of a mix */
    vt_manifest manifest;
    vt_buffer pieces;                  /* piece [manifest.shards] */
    isize shard_first[VT_SPLIT_COUNT]; /* of the split; its number of shards stands beside it */
    isize shard_count[VT_SPLIT_COUNT];
};

static piece *piece_at(const vt_dataset *dataset, isize i)
{
    return (piece *)dataset->pieces.data + i;
}

/* ---- shards ---- */

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

/* Several threads may do so at once: what each finds is the same. */
static vt_status piece_check(const vt_dataset *dataset, isize i, vt_error *err)
{
    char path[PATH_BYTES];
    piece *p = piece_at(dataset, i);
    vt_status status = vt_manifest_shard_path(path, (isize)sizeof path, dataset->folder,
                                              dataset->manifest.shard + i, err);
    if (status == VT_OK) status = vt_shard_check(p->shard, path, err);
    if (status == VT_OK) status = labels_check(dataset, p->shard, path, err);
    if (status == VT_OK) atomic_store_explicit(&p->checked, 1, memory_order_release);
    return status;
}

static vt_status piece_map(vt_dataset *dataset, isize i, vt_error *err)
{
    char path[PATH_BYTES];
    const vt_manifest_shard *entry = dataset->manifest.shard + i;
    piece *p = piece_at(dataset, i);
    vt_status status =
        vt_manifest_shard_path(path, (isize)sizeof path, dataset->folder, entry, err);
    if (status == VT_OK) status = vt_shard_map(&p->shard, path, err);
    if (status != VT_OK) return status;
    if (vt_shard_images(p->shard) != entry->file.images ||
        vt_shard_bytes(p->shard) != entry->file.bytes) {
        return vt_fail(err, VT_ERR_FORMAT,
                       "%.200s: %td images in %td bytes, the manifest says %td in %td; import "
                       "the data set again",
                       path, vt_shard_images(p->shard), vt_shard_bytes(p->shard),
                       entry->file.images, entry->file.bytes);
    }
    if (dataset->shard_count[entry->split]++ == 0) dataset->shard_first[entry->split] = i;
    p->start = dataset->info.images[entry->split];
    dataset->info.images[entry->split] += entry->file.images;
    return VT_OK;
}

static vt_status shards_open(vt_dataset *dataset, vt_error *err)
{
    isize shards = dataset->manifest.shards, images = 0;
    vt_status status = vt_buffer_reserve(&dataset->pieces, shards * (isize)sizeof(piece), err);
    for (isize i = 0; i < shards && status == VT_OK; i++) status = piece_map(dataset, i, err);
    for (vt_split s = 0; s < VT_SPLIT_COUNT; s++) images += dataset->info.images[s];
    if (images > VT_DATASET_CHECKED) return status;
    for (isize i = 0; i < shards && status == VT_OK; i++) status = piece_check(dataset, i, err);
    return status;
}

static vt_status whole_open(vt_dataset *dataset, vt_error *err)
{
    vt_manifest *m = &dataset->manifest;
    vt_status status = vt_manifest_read(m, dataset->folder, err);
    if (status != VT_OK) return status;
    dataset->info = (vt_dataset_info){.name = m->name,
                                      .sha256 = m->sha256,
                                      .classes = m->classes,
                                      .class_names = m->class_names,
                                      .channels = m->channels,
                                      .luma_mean = m->luma_mean,
                                      .luma_std = m->luma_std};
    memcpy(dataset->info.mean, m->mean, sizeof m->mean);
    memcpy(dataset->info.std, m->std, sizeof m->std);
    return shards_open(dataset, err);
}

/* ---- mixes ---- */

/* Adds what classes the part has that none before it has. */
static vt_status classes_join(vt_dataset *dataset, part *p, vt_error *err)
{
    const vt_dataset_info *about = vt_dataset_about(p->dataset);
    vt_status status = vt_buffer_reserve(&p->labels, about->classes * (isize)sizeof(int32_t), err);
    for (isize i = 0; i < about->classes && status == VT_OK; i++) {
        const char *name = about->class_names[i], *const *known = vt_names_list(&dataset->classes);
        isize at = 0;
        while (at < dataset->classes.count && strcmp(known[at], name) != 0) at++;
        ((int32_t *)p->labels.data)[i] = (int32_t)at;
        if (at == dataset->classes.count)
            status = vt_names_add(&dataset->classes, name, (isize)strlen(name), err);
    }
    return status;
}

/* Mean and variance of what is drawn: weight of each part, from its mean and standard deviation. */
static void moments_add(double *mean, double *square, double weight, double part_mean,
                        double part_std)
{
    *mean += weight * part_mean;
    *square += weight * (part_std * part_std + part_mean * part_mean);
}

static void moments_end(double mean, double *square)
{
    double variance = *square - mean * mean;
    *square = variance > 0 ? sqrt(variance) : 1;
}

static void statistics_join(vt_dataset *dataset)
{
    vt_dataset_info *info = &dataset->info;
    for (int i = 0; i < dataset->mix.sources; i++) {
        const vt_dataset_info *about = vt_dataset_about(dataset->parts[i].dataset);
        double weight = (double)dataset->mix.source[i].parts / VT_MIX_PARTS;
        if (about->channels > info->channels) info->channels = about->channels;
        for (int c = 0; c < 3; c++)
            moments_add(&info->mean[c], &info->std[c], weight, about->mean[c], about->std[c]);
        moments_add(&info->luma_mean, &info->luma_std, weight, about->luma_mean, about->luma_std);
    }
    for (int c = 0; c < 3; c++) moments_end(info->mean[c], &info->std[c]);
    moments_end(info->luma_mean, &info->luma_std);
}

static vt_status part_open(vt_dataset *dataset, int i, vt_error *err)
{
    char path[PATH_BYTES];
    vt_mix_source *source = &dataset->mix.source[i];
    part *p = &dataset->parts[i];
    int length = snprintf(path, sizeof path, "%s/../%s", dataset->folder, source->name);
    if (length < 0 || length >= PATH_BYTES)
        return vt_fail(err, VT_ERR_IO, "%.200s...: path too long", dataset->folder);
    if (vt_mix_found(path))
        return vt_fail(err, VT_ERR_FORMAT, "%.200s: is a mix, which is no source of another", path);
    vt_status status = vt_dataset_open(&p->dataset, path, err);
    if (status != VT_OK) return status;
    const vt_dataset_info *about = vt_dataset_about(p->dataset);
    if (strcmp(about->sha256, source->sha256) != 0)
        return vt_fail(err, VT_ERR_FORMAT,
                       "%.200s holds %.12s, the mix %.100s wants %.12s: import the other one, or "
                       "mix again",
                       path, about->sha256, dataset->mix.name, source->sha256);
    source->images = about->images[VT_SPLIT_TRAIN];
    for (vt_split s = 0; s < VT_SPLIT_COUNT; s++) {
        p->starts[s] = dataset->info.images[s];
        dataset->info.images[s] += about->images[s];
    }
    return classes_join(dataset, p, err);
}

static vt_status mix_open(vt_dataset *dataset, vt_error *err)
{
    vt_status status = vt_mix_read(&dataset->mix, dataset->folder, err);
    for (int i = 0; i < dataset->mix.sources && status == VT_OK; i++)
        status = part_open(dataset, i, err);
    if (status != VT_OK) return status;
    statistics_join(dataset);
    dataset->info.name = dataset->mix.name;
    dataset->info.sha256 = dataset->mix.sha256;
    dataset->info.classes = dataset->classes.count;
    dataset->info.class_names = vt_names_list(&dataset->classes);
    return VT_OK;
}

const vt_mix *vt_dataset_mix(const vt_dataset *dataset)
{
    return dataset->mix.sources > 0 ? &dataset->mix : NULL;
}

isize vt_dataset_mixed(const vt_dataset *dataset, uint64_t seed, isize place)
{
    vt_mix_place at = vt_mix_at(&dataset->mix, seed, place);
    return dataset->parts[at.source].starts[VT_SPLIT_TRAIN] + at.image;
}

static vt_status part_image(vt_image *out, const vt_dataset *dataset, vt_split split, isize index,
                            vt_error *err)
{
    int i = dataset->mix.sources - 1;
    while (dataset->parts[i].starts[split] > index) i--;
    const part *p = &dataset->parts[i];
    vt_status status = vt_dataset_image(out, p->dataset, split, index - p->starts[split], err);
    if (status == VT_OK) out->label = ((const int32_t *)p->labels.data)[out->label];
    return status;
}

/* ---- the whole ---- */

vt_status vt_dataset_open(vt_dataset **out, const char *folder, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_dataset), err);
    if (status != VT_OK) return status;
    vt_dataset *dataset = block;
    int length = snprintf(dataset->folder, sizeof dataset->folder, "%s", folder);
    if (length < 0 || length >= PATH_BYTES)
        status = vt_fail(err, VT_ERR_IO, "%.200s...: path too long", folder);
    else
        status = vt_mix_found(folder) ? mix_open(dataset, err) : whole_open(dataset, err);
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

vt_status vt_dataset_image(vt_image *out, const vt_dataset *dataset, vt_split split, isize index,
                           vt_error *err)
{
    VT_ASSERT(split < VT_SPLIT_COUNT && index >= 0 && index < dataset->info.images[split]);
    if (dataset->mix.sources > 0) return part_image(out, dataset, split, index, err);
    isize first = dataset->shard_first[split], low = 0, high = dataset->shard_count[split];
    while (high - low > 1) {
        isize middle = low + (high - low) / 2;
        if (piece_at(dataset, first + middle)->start <= index)
            low = middle;
        else
            high = middle;
    }
    piece *p = piece_at(dataset, first + low);
    if (!atomic_load_explicit(&p->checked, memory_order_acquire)) {
        vt_status status = piece_check(dataset, first + low, err);
        if (status != VT_OK) return status;
    }
    *out = vt_shard_image(p->shard, index - p->start);
    return VT_OK;
}

void vt_dataset_close(vt_dataset **dataset)
{
    vt_dataset *d = *dataset;
    if (!d) return;
    for (isize i = 0; d->pieces.data && i < d->manifest.shards; i++)
        vt_shard_close(&piece_at(d, i)->shard);
    for (int i = 0; i < VT_MIX_SOURCES; i++) {
        vt_dataset_close(&d->parts[i].dataset);
        vt_buffer_finish(&d->parts[i].labels);
    }
    vt_buffer_finish(&d->pieces);
    vt_names_finish(&d->classes);
    vt_manifest_finish(&d->manifest);
    vt_mix_finish(&d->mix);
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
            vt_image image;
            status = vt_dataset_image(&image, dataset, split, i, err);
            if (status == VT_OK) status = vt_content_put(&content, split, &image, err);
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

static vt_status parts_verify(const vt_dataset *dataset, vt_error *err)
{
    vt_status status = VT_OK;
    for (int i = 0; i < dataset->mix.sources && status == VT_OK; i++)
        status = vt_dataset_verify(dataset->parts[i].dataset->folder, err);
    return status;
}

vt_status vt_dataset_verify(const char *folder, vt_error *err)
{
    vt_dataset *dataset = NULL;
    int mixed = vt_mix_found(folder);
    vt_status status = mixed ? VT_OK : files_verify(folder, err);
    if (status == VT_OK) status = vt_dataset_open(&dataset, folder, err);
    if (status == VT_OK)
        status = mixed ? parts_verify(dataset, err) : content_verify(dataset, folder, err);
    vt_dataset_close(&dataset);
    return status;
}
