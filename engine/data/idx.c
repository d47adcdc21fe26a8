/* IDX, big-endian: images have magic 0x00000803, count, height, width (4 bytes each), then the
 * pixels; labels have magic 0x00000801, count, then one byte each. */
#include "data/idx.h"
#include "base/heap.h"
#include "data/archive.h"
#include "data/names.h"
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, COUNT_MAX = 1 << 28, SIDE_MAX = 4096, PIECE = 1 << 16 };

typedef struct {
    vt_source base;
    char folder[PATH_BYTES], name[PATH_BYTES]; /* name: of the current item */
    char images_path[PATH_BYTES];              /* of the split that is being read */
    vt_names names;
    vt_buffer labels[VT_SPLIT_COUNT], pixels;
    isize count[VT_SPLIT_COUNT];
    vt_archive *images;
    vt_split split;
    isize index, height, width;
} idx;

/* The path of a file in folder, which may be gzipped; 0 if there is none. */
static int find(char path[PATH_BYTES], const char *folder, const char *stem)
{
    static const char *const ends[] = {"", ".gz"};
    for (int i = 0; i < 2; i++) {
        int length = snprintf(path, PATH_BYTES, "%s/%s%s", folder, stem, ends[i]);
        if (length > 0 && length < PATH_BYTES && access(path, F_OK) == 0) return 1;
    }
    return 0;
}

static const char *images_stem(vt_split split)
{
    return split == VT_SPLIT_TRAIN ? "train-images-idx3-ubyte" : "t10k-images-idx3-ubyte";
}

static const char *labels_stem(vt_split split)
{
    return split == VT_SPLIT_TRAIN ? "train-labels-idx1-ubyte" : "t10k-labels-idx1-ubyte";
}

int vt_idx_found(const char *folder)
{
    char path[PATH_BYTES];
    for (vt_split split = 0; split < VT_SPLIT_COUNT; split++)
        if (find(path, folder, images_stem(split)) || find(path, folder, labels_stem(split)))
            return 1;
    return 0;
}

static isize big(const unsigned char *bytes)
{
    return (isize)bytes[0] << 24 | (isize)bytes[1] << 16 | (isize)bytes[2] << 8 | (isize)bytes[3];
}

/* Opens folder/stem and reads its first `bytes` bytes, which begin with the magic. */
static vt_status head_read(vt_archive **out, char path[PATH_BYTES], const char *folder,
                           const char *stem, unsigned char *head, isize bytes, vt_error *err)
{
    int more = 0;
    isize got = 0, magic = bytes == 16 ? 0x803 : 0x801;
    vt_archive_entry entry;
    if (!find(path, folder, stem)) {
        return vt_fail(err, VT_ERR_IO, "%.200s: no %s there, nor %s.gz", folder, stem, stem);
    }
    vt_status status = vt_archive_open(out, path, VT_ARCHIVE_STREAM, err);
    if (status == VT_OK) status = vt_archive_next(*out, &entry, &more, err);
    if (status == VT_OK && more) status = vt_archive_read(*out, head, bytes, &got, err);
    if (status != VT_OK) return status;
    if (got < bytes || big(head) != magic) {
        return vt_fail(err, VT_ERR_FORMAT,
                       "%.200s: no IDX file of unsigned bytes (its magic must be 0x%08tx)", path,
                       magic);
    }
    if (big(head + 4) > COUNT_MAX)
        return vt_fail(err, VT_ERR_FORMAT, "%.200s: more than %d items", path, (int)COUNT_MAX);
    return VT_OK;
}

static vt_status end_check(vt_archive *archive, const char *path, vt_error *err)
{
    unsigned char extra;
    isize got = 0;
    vt_status status = vt_archive_read(archive, &extra, 1, &got, err);
    if (status == VT_OK && got > 0)
        return vt_fail(err, VT_ERR_FORMAT, "%.200s: longer than its header says", path);
    return status;
}

static vt_status too_short(const char *path, vt_error *err)
{
    return vt_fail(err, VT_ERR_FORMAT, "%.200s: shorter than its header says; fetch it again",
                   path);
}

static vt_status labels_read(idx *self, vt_split split, vt_error *err)
{
    char path[PATH_BYTES];
    unsigned char head[8] = {0};
    vt_archive *archive = NULL;
    vt_buffer *to = &self->labels[split];
    vt_status status =
        head_read(&archive, path, self->folder, labels_stem(split), head, (isize)sizeof head, err);
    isize count = big(head + 4), have = 0;
    while (status == VT_OK && have < count) { /* grows with what is there, not with what is said */
        isize got = 0, want = vt_min(PIECE, count - have);
        status = vt_buffer_reserve(to, have + want, err);
        if (status == VT_OK)
            status = vt_archive_read(archive, (char *)to->data + have, want, &got, err);
        have += got;
        if (status == VT_OK && got < want) status = too_short(path, err);
    }
    if (status == VT_OK) status = end_check(archive, path, err);
    self->count[split] = count;
    vt_archive_close(&archive);
    return status;
}

static isize label_max(const idx *self, vt_split split)
{
    isize most = -1;
    const unsigned char *labels = self->labels[split].data;
    for (isize i = 0; i < self->count[split]; i++)
        if (labels[i] > most) most = labels[i];
    return most;
}

static vt_status classes_find(idx *self, const char *const *class_names, isize classes,
                              vt_error *err)
{
    vt_status status = VT_OK;
    for (isize i = 0; i < classes && status == VT_OK; i++)
        status = vt_names_add(&self->names, class_names[i], (isize)strlen(class_names[i]), err);
    if (classes == 0 && status == VT_OK)
        status = vt_names_number(&self->names, label_max(self, VT_SPLIT_TRAIN) + 1, err);
    if (status != VT_OK) return status;
    self->base.classes = self->names.count;
    self->base.class_names = vt_names_list(&self->names);
    for (vt_split split = 0; split < VT_SPLIT_COUNT; split++) {
        if (label_max(self, split) < self->base.classes) continue;
        return vt_fail(err, VT_ERR_FORMAT, "%.200s: %s has label %td, but there are %td classes",
                       self->folder, labels_stem(split), label_max(self, split),
                       self->base.classes);
    }
    return VT_OK;
}

static vt_status images_open(idx *self, vt_error *err)
{
    unsigned char head[16] = {0};
    vt_status status = head_read(&self->images, self->images_path, self->folder,
                                 images_stem(self->split), head, (isize)sizeof head, err);
    if (status != VT_OK) return status;
    isize count = big(head + 4);
    self->height = big(head + 8);
    self->width = big(head + 12);
    self->index = 0;
    if (count != self->count[self->split]) {
        return vt_fail(err, VT_ERR_FORMAT, "%.200s: %td images, but %s has %td labels",
                       self->images_path, count, labels_stem(self->split),
                       self->count[self->split]);
    }
    if (self->height < 1 || self->width < 1 || self->height > SIDE_MAX || self->width > SIDE_MAX) {
        return vt_fail(err, VT_ERR_FORMAT, "%.200s: images of %td x %td px, the limit is %d",
                       self->images_path, self->height, self->width, (int)SIDE_MAX);
    }
    return vt_buffer_reserve(&self->pixels, self->height * self->width, err);
}

static vt_status next(vt_source *source, vt_item *item, int *more, vt_error *err)
{
    idx *self = (idx *)source;
    vt_status status = VT_OK;
    while (self->images && self->index == self->count[self->split]) {
        status = end_check(self->images, self->images_path, err);
        vt_archive_close(&self->images);
        if (status == VT_OK && ++self->split < VT_SPLIT_COUNT) status = images_open(self, err);
        if (status != VT_OK) return status;
    }
    if (!self->images) return VT_OK;
    isize bytes = self->height * self->width, got = 0;
    status = vt_archive_read(self->images, self->pixels.data, bytes, &got, err);
    if (status == VT_OK && got < bytes) status = too_short(self->images_path, err);
    if (status != VT_OK) return status;
    (void)snprintf(self->name, sizeof self->name, "%.4000s image %td", self->images_path,
                   self->index);
    const unsigned char *labels = self->labels[self->split].data;
    *item = (vt_item){.split = self->split,
                      .name = self->name,
                      .image = {.data = self->pixels.data,
                                .bytes = bytes,
                                .height = (int)self->height,
                                .width = (int)self->width,
                                .channels = 1,
                                .label = labels[self->index++]}};
    *more = 1;
    return VT_OK;
}

static void close_idx(vt_source *source)
{
    idx *self = (idx *)source;
    vt_archive_close(&self->images);
    vt_names_finish(&self->names);
    vt_buffer_finish(&self->pixels);
    for (int i = 0; i < VT_SPLIT_COUNT; i++) vt_buffer_finish(&self->labels[i]);
    void *block = self;
    vt_heap_free(&block);
}

vt_status vt_idx_open(vt_source **out, const char *folder, const char *const *class_names,
                      isize classes, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(idx), err);
    if (status != VT_OK) return status;
    idx *self = block;
    vt_source *source = &self->base;
    *source = (vt_source){.next = next, .close = close_idx};
    int length = snprintf(self->folder, sizeof self->folder, "%s", folder);
    if (length < 0 || (size_t)length >= sizeof self->folder) {
        status = vt_fail(err, VT_ERR_IO, "%.200s...: path too long", folder);
        goto done;
    }
    for (vt_split split = 0; split < VT_SPLIT_COUNT && status == VT_OK; split++)
        status = labels_read(self, split, err);
    if (status == VT_OK) status = classes_find(self, class_names, classes, err);
    if (status == VT_OK) status = images_open(self, err);
    if (status != VT_OK) goto done;
    *out = source;
    source = NULL;
done:
    vt_source_close(&source);
    return status;
}
