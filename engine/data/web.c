#include "data/web.h"
#include "base/heap.h"
#include "data/archive.h"
#include "data/names.h"
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { PATH_BYTES = 4096, KEY_BYTES = 1024, PIECE = 1 << 18 };

typedef enum { OTHER, JPEG, JSON } kind;

typedef struct {
    char key[KEY_BYTES];
    vt_skip skip;
    vt_buffer jpeg, json;
    isize jpeg_bytes, json_bytes; /* -1: there is none */
} sample;

typedef struct {
    vt_source base;
    char path[PATH_BYTES], tar[PATH_BYTES], name[2 * PATH_BYTES + KEY_BYTES];
    vt_names class_names, tars; /* tars: of a folder; none where path is a tar itself */
    isize next_tar;
    vt_archive *archive;    /* NULL: the next tar is to be opened */
    vt_archive_entry entry; /* read, but of a sample that is still to be begun */
    int waiting;            /* 1: entry is set */
    sample now;
} web;

static int is_folder(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

static int ends_with(const char *text, const char *end)
{
    size_t length = strlen(text), wanted = strlen(end);
    return length > wanted && strcmp(text + length - wanted, end) == 0;
}

/* ---- finding ---- */

static kind kind_of(const char *name)
{
    return ends_with(name, ".jpg") || ends_with(name, ".jpeg") ? JPEG
           : ends_with(name, ".json")                          ? JSON
                                                               : OTHER;
}

static int tar_found(const char *path)
{
    vt_error err;
    vt_archive *archive = NULL;
    vt_archive_entry entry = {.name = ""};
    int more = 0;
    vt_status status = vt_archive_open(&archive, path, VT_ARCHIVE_TAR, &err);
    if (status == VT_OK) status = vt_archive_next(archive, &entry, &more, &err);
    const char *name = strncmp(entry.name, "./", 2) == 0 ? entry.name + 2 : entry.name;
    int found = status == VT_OK && more && !strchr(name, '/') && kind_of(name) != OTHER;
    vt_archive_close(&archive);
    return found;
}

static int is_tar(const char *name)
{
    return name[0] != '.' && ends_with(name, ".tar");
}

int vt_web_found(const char *path)
{
    char tar[PATH_BYTES];
    int found = 0;
    DIR *folder = is_folder(path) ? opendir(path) : NULL;
    if (!folder) return !is_folder(path) && tar_found(path);
    for (const struct dirent *file = readdir(folder); file && !found; file = readdir(folder)) {
        int length = snprintf(tar, sizeof tar, "%s/%s", path, file->d_name);
        found = is_tar(file->d_name) && length > 0 && length < PATH_BYTES && tar_found(tar);
    }
    (void)closedir(folder);
    return found;
}

static int compare(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static vt_status tars_list(web *self, vt_error *err)
{
    vt_status status = VT_OK;
    DIR *folder = opendir(self->path);
    if (!folder)
        return vt_fail(err, VT_ERR_IO, "%.200s: cannot open: %s", self->path, strerror(errno));
    for (const struct dirent *file = readdir(folder); file && status == VT_OK;
         file = readdir(folder))
        if (is_tar(file->d_name))
            status = vt_names_add(&self->tars, file->d_name, (isize)strlen(file->d_name), err);
    (void)closedir(folder);
    if (status == VT_OK && self->tars.count == 0)
        status = vt_fail(err, VT_ERR_CONFIG, "%.200s: no NAME.tar there", self->path);
    if (self->tars.count > 1)
        qsort(self->tars.items.data, (size_t)self->tars.count, sizeof(char *), compare);
    return status;
}

/* ---- entries ---- */

/* Opens the next tar; *more is 0 where there is none. */
static vt_status tar_open(web *self, int *more, vt_error *err)
{
    isize tars = self->tars.count > 0 ? self->tars.count : 1;
    *more = self->next_tar < tars;
    if (!*more) return VT_OK;
    const char *name = self->tars.count > 0 ? vt_names_list(&self->tars)[self->next_tar] : NULL;
    int length = name ? snprintf(self->tar, sizeof self->tar, "%s/%s", self->path, name)
                      : snprintf(self->tar, sizeof self->tar, "%s", self->path);
    if (length < 0 || (size_t)length >= sizeof self->tar)
        return vt_fail(err, VT_ERR_IO, "%.200s...: path too long", self->path);
    self->next_tar++;
    return vt_archive_open(&self->archive, self->tar, VT_ARCHIVE_TAR, err);
}

/* The next entry that is no folder, of this tar; *more is 0 at its end, which closes it. */
static vt_status entry_next(web *self, int *more, vt_error *err)
{
    vt_status status = VT_OK;
    do status = vt_archive_next(self->archive, &self->entry, more, err);
    while (status == VT_OK && *more && self->entry.folder);
    self->waiting = status == VT_OK && *more;
    if (status == VT_OK && !*more) vt_archive_close(&self->archive);
    return status;
}

static vt_status entry_read(web *self, vt_buffer *buffer, isize most, isize *bytes, vt_error *err)
{
    isize got = PIECE;
    *bytes = 0;
    while (got == PIECE && *bytes <= most) {
        vt_status status = vt_buffer_reserve(buffer, *bytes + PIECE, err);
        if (status == VT_OK)
            status =
                vt_archive_read(self->archive, (char *)buffer->data + *bytes, PIECE, &got, err);
        if (status != VT_OK) return status;
        *bytes += got;
    }
    return VT_OK;
}

/* ---- samples ---- */

/* Nothing is made on disk by these names; what looks like an attempt is refused all the same. */
static int name_safe(const char *name)
{
    if (name[0] == '\0' || name[0] == '/' || strlen(name) >= KEY_BYTES) return 0;
    for (const char *part = name;; part++) {
        size_t length = strcspn(part, "/");
        if (length == 0 || (length == 2 && part[0] == '.' && part[1] == '.')) return 0;
        part += length;
        if (*part == '\0') return 1;
    }
}

/* Bytes of name that are the key. */
static size_t key_length(const char *name)
{
    const char *slash = strrchr(name, '/');
    const char *base = slash ? slash + 1 : name;
    return (size_t)(base - name) + strcspn(base, ".");
}

static void key_set(sample *s, const char *name, size_t length)
{
    if (length >= KEY_BYTES) length = KEY_BYTES - 1;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)name[i];
        s->key[i] = c < 32 || c == 127 ? '?' : name[i];
    }
    s->key[length] = '\0';
}

static int key_is(const sample *s, const char *name)
{
    sample other;
    key_set(&other, name, key_length(name));
    return strcmp(s->key, other.key) == 0;
}

/* Takes the waiting entry into the sample. */
static vt_status entry_take(web *self, vt_error *err)
{
    sample *s = &self->now;
    kind what = kind_of(self->entry.name);
    vt_status status = VT_OK;
    self->waiting = 0;
    if (what == JPEG && s->jpeg_bytes < 0) {
        status = entry_read(self, &s->jpeg, VT_JPEG_BYTES_MAX, &s->jpeg_bytes, err);
        if (s->jpeg_bytes > VT_JPEG_BYTES_MAX) s->skip = VT_SKIP_LARGE;
    } else if (what == JSON && s->json_bytes < 0) {
        status = entry_read(self, &s->json, VT_COLUMNS_BYTES_MAX, &s->json_bytes, err);
        if (s->json_bytes > VT_COLUMNS_BYTES_MAX) s->skip = VT_SKIP_COLUMNS;
    }
    return status;
}

/* Reads entries for as long as they are of one sample. */
static vt_status sample_read(web *self, int *more, vt_error *err)
{
    sample *s = &self->now;
    int first = 1;
    vt_status status = VT_OK;
    s->skip = VT_SKIP_NONE;
    s->jpeg_bytes = s->json_bytes = -1;
    for (*more = 0;;) {
        int found = self->waiting;
        if (!found && !self->archive && !first) return VT_OK;
        if (!found && !self->archive) status = tar_open(self, &found, err);
        if (status != VT_OK || !(found || self->archive)) return status;
        if (!self->waiting) status = entry_next(self, &found, err);
        if (status != VT_OK) return status;
        if (!found) continue; /* the end of a tar is that of a sample, too */
        const char *name = self->entry.name;
        if (strncmp(name, "./", 2) == 0) name += 2;
        int safe = name_safe(name);
        if (!first && !(safe && self->entry.plain && key_is(s, name))) return VT_OK;
        *more = 1;
        if (!safe || !self->entry.plain) {
            s->skip = safe ? VT_SKIP_LINK : VT_SKIP_PATH;
            key_set(s, name, strlen(name));
            self->waiting = 0;
            return VT_OK;
        }
        if (first) key_set(s, name, key_length(name));
        first = 0;
        status = entry_take(self, err);
        if (status != VT_OK) return status;
    }
}

static vt_status next(vt_source *source, vt_item *item, int *more, vt_error *err)
{
    web *self = (web *)source;
    sample *s = &self->now;
    vt_status status = sample_read(self, more, err);
    if (status != VT_OK || !*more) return status;
    (void)snprintf(self->name, sizeof self->name, "%s: %s", self->tar, s->key);
    *item = (vt_item){.split = VT_SPLIT_TRAIN, .name = self->name, .key = s->key, .skip = s->skip};
    if (s->skip == VT_SKIP_NONE && s->jpeg_bytes < 0) item->skip = VT_SKIP_FOREIGN;
    if (s->json_bytes >= 0 && s->skip == VT_SKIP_NONE) {
        item->columns = (vt_columns){s->json.data, s->json_bytes};
        if (!vt_columns_valid(&item->columns)) item->skip = VT_SKIP_COLUMNS;
    }
    if (item->skip == VT_SKIP_NONE)
        item->image = (vt_image){.data = s->jpeg.data, .bytes = s->jpeg_bytes, .jpeg = 1};
    return VT_OK;
}

static void close_web(vt_source *source)
{
    web *self = (web *)source;
    vt_archive_close(&self->archive);
    vt_names_finish(&self->class_names);
    vt_names_finish(&self->tars);
    vt_buffer_finish(&self->now.jpeg);
    vt_buffer_finish(&self->now.json);
    void *block = self;
    vt_heap_free(&block);
}

vt_status vt_web_open(vt_source **out, const char *path, const char *class_name, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(web), err);
    if (status != VT_OK) return status;
    web *self = block;
    vt_source *source = &self->base;
    *source = (vt_source){.next = next, .close = close_web};
    int length = snprintf(self->path, sizeof self->path, "%s", path);
    if (length < 0 || (size_t)length >= sizeof self->path)
        status = vt_fail(err, VT_ERR_IO, "%.200s...: path too long", path);
    if (status == VT_OK)
        status = vt_names_add(&self->class_names, class_name, (isize)strlen(class_name), err);
    if (status == VT_OK && is_folder(path)) status = tars_list(self, err);
    if (status != VT_OK) goto done;
    source->classes = 1;
    source->class_names = vt_names_list(&self->class_names);
    *out = source;
    source = NULL;
done:
    vt_source_close(&source);
    return status;
}
