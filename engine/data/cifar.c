/* A record is one byte of label, then 3 planes of 32 x 32 bytes: red, green, blue. All batches are
 * read at once (180 MB), because the distributed archive does not have them in order. */
#include "data/cifar.h"
#include "base/heap.h"
#include "data/archive.h"
#include "data/names.h"
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
    PATH_BYTES = 4096,
    SIDE = 32,
    PLANE = SIDE * SIDE,
    RECORD = 1 + 3 * PLANE,
    CLASSES = 10,
    TEST = 5,
    META = 6,
    FILES = 7,
    FILE_BYTES_MAX = 64 << 20,
    PIECE = 1 << 20
};

static const char *const FILE_NAMES[FILES] = {
    "data_batch_1.bin", "data_batch_2.bin", "data_batch_3.bin", "data_batch_4.bin",
    "data_batch_5.bin", "test_batch.bin",   "batches.meta.txt"};

typedef struct {
    vt_buffer content;
    isize bytes;
    int found;
} part;

typedef struct {
    vt_source base;
    char path[PATH_BYTES], name[PATH_BYTES]; /* name: of the current item */
    vt_names names;
    part parts[FILES];
    int file;    /* that is being yielded */
    isize index; /* of the next record in it */
    unsigned char pixels[3 * PLANE];
} cifar;

/* Which of the files the last component of a path names; FILES for none. */
static int file_number(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    int i = 0;
    while (i < FILES && strcmp(name, FILE_NAMES[i]) != 0) i++;
    return i;
}

static int is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

/* The folder that holds the batches: path, or path/cifar-10-batches-bin; 0 if neither does. */
static int folder_find(char folder[PATH_BYTES], const char *path)
{
    static const char *const below[] = {"", "/cifar-10-batches-bin"};
    char file[PATH_BYTES];
    for (int i = 0; i < 2; i++) {
        int length = snprintf(folder, PATH_BYTES, "%s%s", path, below[i]);
        int longer = snprintf(file, sizeof file, "%s%s/%s", path, below[i], FILE_NAMES[0]);
        if (length > 0 && longer > 0 && longer < PATH_BYTES && access(file, F_OK) == 0) return 1;
    }
    return 0;
}

int vt_cifar_found(const char *path)
{
    vt_error err;
    char folder[PATH_BYTES];
    if (is_folder(path)) return folder_find(folder, path);
    vt_archive *archive = NULL;
    int found = 0, more = 1;
    vt_status status = vt_archive_open(&archive, path, VT_ARCHIVE_TAR, &err);
    for (int i = 0; i < 2 * FILES && more && status == VT_OK && !found; i++) {
        vt_archive_entry entry;
        status = vt_archive_next(archive, &entry, &more, &err);
        found = status == VT_OK && more && file_number(entry.name) < FILES;
    }
    vt_archive_close(&archive);
    return found;
}

/* ---- reading ---- */

static vt_status part_read(part *to, vt_archive *archive, const char *path, vt_error *err)
{
    isize got = PIECE;
    to->bytes = 0;
    to->found = 1;
    while (got == PIECE) {
        vt_status status = vt_buffer_reserve(&to->content, to->bytes + PIECE, err);
        if (status == VT_OK)
            status =
                vt_archive_read(archive, (char *)to->content.data + to->bytes, PIECE, &got, err);
        if (status != VT_OK) return status;
        to->bytes += got;
        if (to->bytes > FILE_BYTES_MAX)
            return vt_fail(err, VT_ERR_FORMAT, "%.200s: a batch of more than %d bytes", path,
                           (int)FILE_BYTES_MAX);
    }
    return VT_OK;
}

static vt_status archive_read_all(cifar *self, vt_error *err)
{
    vt_archive *archive = NULL;
    int more = 1;
    vt_status status = vt_archive_open(&archive, self->path, VT_ARCHIVE_TAR, err);
    while (status == VT_OK) {
        vt_archive_entry entry;
        status = vt_archive_next(archive, &entry, &more, err);
        if (status != VT_OK || !more) break;
        int file = entry.plain ? file_number(entry.name) : FILES;
        if (file < FILES) status = part_read(self->parts + file, archive, self->path, err);
    }
    vt_archive_close(&archive);
    return status;
}

static vt_status folder_read_all(cifar *self, vt_error *err)
{
    char folder[PATH_BYTES];
    vt_status status = VT_OK;
    if (!folder_find(folder, self->path))
        return vt_fail(err, VT_ERR_IO, "%.200s: no %s there", self->path, FILE_NAMES[0]);
    for (int i = 0; i < FILES && status == VT_OK; i++) {
        char path[PATH_BYTES];
        vt_archive *archive = NULL;
        vt_archive_entry entry;
        int more = 0;
        int length = snprintf(path, sizeof path, "%s/%s", folder, FILE_NAMES[i]);
        if (length < 0 || (size_t)length >= sizeof path)
            return vt_fail(err, VT_ERR_IO, "%.200s...: path too long", folder);
        if (access(path, F_OK) != 0) continue;
        status = vt_archive_open(&archive, path, VT_ARCHIVE_STREAM, err);
        if (status == VT_OK) status = vt_archive_next(archive, &entry, &more, err);
        if (status == VT_OK && more) status = part_read(self->parts + i, archive, path, err);
        vt_archive_close(&archive);
    }
    return status;
}

static vt_status parts_check(const cifar *self, vt_error *err)
{
    for (int i = 0; i < META; i++) {
        const part *p = self->parts + i;
        if (!p->found || p->bytes == 0) {
            return vt_fail(err, VT_ERR_FORMAT, "%.200s: %s is missing or empty; fetch it again",
                           self->path, FILE_NAMES[i]);
        }
        if (p->bytes % RECORD != 0) {
            return vt_fail(err, VT_ERR_FORMAT,
                           "%.200s: %s: %td bytes are no whole number of records of %d bytes; "
                           "fetch it again",
                           self->path, FILE_NAMES[i], p->bytes, (int)RECORD);
        }
        const unsigned char *records = p->content.data;
        for (isize r = 0; r < p->bytes / RECORD; r++) {
            if (records[r * RECORD] < CLASSES) continue;
            return vt_fail(err, VT_ERR_FORMAT, "%.200s: %s: record %td has label %d, the last is 9",
                           self->path, FILE_NAMES[i], r, records[r * RECORD]);
        }
    }
    return VT_OK;
}

static vt_status names_read(cifar *self, vt_error *err)
{
    const part *meta = self->parts + META;
    if (!meta->found) return vt_names_number(&self->names, CLASSES, err);
    const char *at = meta->content.data, *end = at + meta->bytes;
    vt_status status = VT_OK;
    while (at < end && status == VT_OK) {
        const char *stop = memchr(at, '\n', (size_t)(end - at));
        if (!stop) stop = end;
        isize bytes = stop - at;
        if (bytes > 0 && at[bytes - 1] == '\r') bytes--;
        if (bytes > 0) status = vt_names_add(&self->names, at, bytes, err);
        at = stop < end ? stop + 1 : end;
    }
    if (status == VT_OK && self->names.count != CLASSES) {
        status = vt_fail(err, VT_ERR_FORMAT, "it names %td classes, not %d", self->names.count,
                         (int)CLASSES);
    }
    if (status != VT_OK) vt_error_context(err, "%.200s: %s", self->path, FILE_NAMES[META]);
    return status;
}

static vt_status next(vt_source *source, vt_item *item, int *more, vt_error *err)
{
    cifar *self = (cifar *)source;
    (void)err;
    if (self->file < META && self->index == self->parts[self->file].bytes / RECORD) {
        self->file++;
        self->index = 0;
    }
    if (self->file == META) return VT_OK;
    const unsigned char *record = self->parts[self->file].content.data;
    record += self->index * RECORD;
    for (isize i = 0; i < PLANE; i++)
        for (isize c = 0; c < 3; c++) self->pixels[3 * i + c] = record[1 + c * PLANE + i];
    (void)snprintf(self->name, sizeof self->name, "%.4000s: %s record %td", self->path,
                   FILE_NAMES[self->file], self->index);
    self->index++;
    *item = (vt_item){.split = self->file == TEST ? VT_SPLIT_TEST : VT_SPLIT_TRAIN,
                      .name = self->name,
                      .image = {.data = self->pixels,
                                .bytes = (isize)sizeof self->pixels,
                                .height = SIDE,
                                .width = SIDE,
                                .channels = 3,
                                .label = record[0]}};
    *more = 1;
    return VT_OK;
}

static void close_cifar(vt_source *source)
{
    cifar *self = (cifar *)source;
    for (int i = 0; i < FILES; i++) vt_buffer_finish(&self->parts[i].content);
    vt_names_finish(&self->names);
    void *block = self;
    vt_heap_free(&block);
}

vt_status vt_cifar_open(vt_source **out, const char *path, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(cifar), err);
    if (status != VT_OK) return status;
    cifar *self = block;
    vt_source *source = &self->base;
    *source = (vt_source){.next = next, .close = close_cifar};
    int length = snprintf(self->path, sizeof self->path, "%s", path);
    if (length < 0 || (size_t)length >= sizeof self->path)
        status = vt_fail(err, VT_ERR_IO, "%.200s...: path too long", path);
    if (status == VT_OK)
        status = is_folder(path) ? folder_read_all(self, err) : archive_read_all(self, err);
    if (status == VT_OK) status = parts_check(self, err);
    if (status == VT_OK) status = names_read(self, err);
    if (status != VT_OK) goto done;
    self->base.classes = self->names.count;
    self->base.class_names = vt_names_list(&self->names);
    *out = source;
    source = NULL;
done:
    vt_source_close(&source);
    return status;
}
