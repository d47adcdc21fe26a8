#include "data/files.h"
#include "base/file.h"
#include "base/heap.h"
#include "base/rng.h"
#include "data/names.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, ENTRY_BYTES_MAX = 1024, INPUTS_MAX = 4, FILES_MAX = 1 << 26 };
static const uint64_t ORDER_SEED = 0x6F72646572; /* any constant: the order is part of the data */

typedef struct {
    char *path;             /* owned; without leading "./", without control characters */
    const char *class_name; /* in the same block; "" where the path is no good */
    isize offset, bytes;
    vt_part part;
    vt_skip skip;
    int input;
    int32_t label;
} file;

struct vt_files {
    vt_source base;
    char inputs[INPUTS_MAX][PATH_BYTES];
    int inputs_used;
    vt_buffer list; /* file [count] */
    isize count;
    vt_names names;
    char spool_path[PATH_BYTES];
    vt_writer *spool; /* NULL until the first entry, and again after start */
    int spooled;      /* there may be a file at spool_path */
    vt_map spool_map, item_map;
    isize split_start[VT_SPLIT_COUNT + 1], position;
    char name[2 * PATH_BYTES]; /* of the current item */
};

/* ---- listing ---- */

vt_status vt_files_open(vt_files **out, const char *spool, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_files), err);
    if (status != VT_OK) return status;
    vt_files *files = block;
    int length = snprintf(files->spool_path, sizeof files->spool_path, "%s", spool);
    if (length < 0 || (size_t)length >= sizeof files->spool_path) {
        status = vt_fail(err, VT_ERR_IO, "%.200s...: path too long", spool);
        goto done;
    }
    *out = files;
    files = NULL;
done:
    vt_files_close(&files);
    return status;
}

vt_status vt_files_input(vt_files *files, const char *path, int *number, vt_error *err)
{
    VT_ASSERT(files->inputs_used < INPUTS_MAX);
    *number = files->inputs_used++;
    int length = snprintf(files->inputs[*number], PATH_BYTES, "%s", path);
    if (length < 0 || length >= PATH_BYTES)
        return vt_fail(err, VT_ERR_IO, "%.200s...: path too long", path);
    return VT_OK;
}

static int part_named(const char *text, size_t length, vt_part *part)
{
    static const char *const words[] = {
        [VT_PART_TRAIN] = "train", [VT_PART_VAL] = "val", [VT_PART_TEST] = "test"};
    for (vt_part p = VT_PART_TRAIN; p <= VT_PART_TEST; p++) {
        if (strlen(words[p]) != length || strncmp(words[p], text, length) != 0) continue;
        *part = p;
        return 1;
    }
    return 0;
}

static int component_good(const char *text, size_t length)
{
    if (length == 0 || length > VT_NAME_MAX) return 0;
    return !(text[0] == '.' && (length == 1 || (length == 2 && text[1] == '.')));
}

/* part/ or folder/part/, as archives of a whole data set have it: finds the part, and gives what
 * stands behind it; NULL where it is anything else. */
static const char *part_parse(const char *path, vt_part *part)
{
    *part = VT_PART_TRAIN;
    for (int depth = 0; depth < 2; depth++) {
        size_t length = strcspn(path, "/");
        if (path[length] != '/') return NULL;
        if (part_named(path, length, part)) return path + length + 1;
        if (!component_good(path, length)) return NULL;
        path += length + 1;
    }
    return NULL;
}

/* [[folder/]part/]class/NAME: finds part and class in path; 0 where it is anything else. */
static int path_parse(const char *path, vt_part *part, const char **class_at, size_t *class_length)
{
    if (*part == VT_PART_NAMED) path = part_parse(path, part);
    if (!path) return 0;
    *class_at = path;
    *class_length = strcspn(path, "/");
    if (!component_good(path, *class_length) || path[*class_length] != '/') return 0;
    const char *name = path + *class_length + 1;
    return component_good(name, strlen(name)) && !strchr(name, '/');
}

vt_status vt_files_add(vt_files *files, const vt_file *found, vt_error *err)
{
    const char *path = found->path, *class_at = "";
    size_t class_length = 0;
    file entry = {.part = found->part, .input = found->input, .skip = found->skip};
    entry.offset = found->offset;
    entry.bytes = found->bytes;
    while (path[0] == '.' && path[1] == '/') path += 2;
    size_t length = strlen(path);
    int good = path_parse(path, &entry.part, &class_at, &class_length) && length < ENTRY_BYTES_MAX;
    for (size_t i = 0; i < length; i++)
        good = good && (unsigned char)path[i] >= 32 && path[i] != 127;
    if (!good) entry.skip = VT_SKIP_PATH;
    if (length >= ENTRY_BYTES_MAX) length = ENTRY_BYTES_MAX - 1;
    if (files->count == FILES_MAX)
        return vt_fail(err, VT_ERR_FORMAT, "more than %d files; split them", (int)FILES_MAX);
    isize item = (isize)sizeof(file);
    vt_status status = vt_buffer_reserve(&files->list, (files->count + 1) * item, err);
    if (status != VT_OK) return status;
    void *block = NULL;
    status = vt_heap_alloc(&block, (isize)(length + class_length + 2), err);
    if (status != VT_OK) return status;
    entry.path = block;
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)path[i];
        entry.path[i] = path[i];
        if (c < 32 || c == 127) entry.path[i] = '?';
    }
    if (good) memcpy(entry.path + length + 1, class_at, class_length);
    entry.class_name = entry.path + length + 1;
    ((file *)files->list.data)[files->count++] = entry;
    return VT_OK;
}

vt_status vt_files_spool(vt_files *files, const void *data, isize bytes, isize *offset,
                         vt_error *err)
{
    vt_status status = VT_OK;
    if (!files->spool) status = vt_writer_open(&files->spool, files->spool_path, err);
    files->spooled = 1;
    if (status != VT_OK) return status;
    *offset = vt_writer_bytes(files->spool);
    return vt_writer_put(files->spool, data, bytes, err);
}

/* ---- the list becomes a source ---- */

static vt_split split_of(const file *f)
{
    return f->part == VT_PART_TEST ? VT_SPLIT_TEST : VT_SPLIT_TRAIN;
}

static int compare(const void *left, const void *right)
{
    const file *a = left, *b = right;
    if (a->part != b->part) return a->part < b->part ? -1 : 1;
    int order = strcmp(a->path, b->path);
    if (order != 0) return order;
    if (a->input != b->input) return a->input < b->input ? -1 : 1;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static void sort(vt_files *files)
{
    file *list = files->list.data;
    int tested = 0;
    for (isize i = 0; i < files->count; i++) tested = tested || list[i].part == VT_PART_TEST;
    for (isize i = 0; i < files->count && !tested; i++)
        if (list[i].part == VT_PART_VAL) list[i].part = VT_PART_TEST;
    if (files->count > 0) qsort(list, (size_t)files->count, sizeof *list, compare);
    for (isize i = 0; i + 1 < files->count; i++) {
        file *a = list + i, *b = a + 1;
        if (a->skip == VT_SKIP_NONE && b->skip == VT_SKIP_NONE && a->part == b->part &&
            a->input == b->input && strcmp(a->path, b->path) == 0)
            a->skip = VT_SKIP_TWICE;
    }
    files->split_start[VT_SPLIT_COUNT] = files->count;
    files->split_start[VT_SPLIT_TEST] = 0;
    for (isize i = 0; i < files->count; i++)
        if (split_of(list + i) == VT_SPLIT_TRAIN) files->split_start[VT_SPLIT_TEST] = i + 1;
}

static int compare_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* names := the classes of the training split, sorted. */
static vt_status classes_find(vt_files *files, vt_error *err)
{
    vt_buffer buffer = {0};
    isize count = 0, trained = files->split_start[VT_SPLIT_TEST];
    const file *list = files->list.data;
    vt_status status = vt_buffer_reserve(&buffer, trained * (isize)sizeof(char *), err);
    if (status != VT_OK) return status;
    const char **names = buffer.data;
    for (isize i = 0; i < trained; i++) {
        if (list[i].skip == VT_SKIP_PATH || list[i].skip == VT_SKIP_LINK) continue;
        if (count == 0 || strcmp(names[count - 1], list[i].class_name) != 0)
            names[count++] = list[i].class_name;
    }
    if (count > 0) qsort(names, (size_t)count, sizeof *names, compare_text);
    for (isize i = 0; i < count && status == VT_OK; i++)
        if (i == 0 || strcmp(names[i - 1], names[i]) != 0)
            status = vt_names_add(&files->names, names[i], (isize)strlen(names[i]), err);
    vt_buffer_finish(&buffer);
    return status;
}

static void labels_set(vt_files *files)
{
    const char *const *names = vt_names_list(&files->names);
    file *list = files->list.data;
    for (isize i = 0; i < files->count; i++) {
        const char *const *at = NULL;
        if (list[i].skip != VT_SKIP_NONE) continue;
        if (files->names.count > 0)
            at = bsearch(&list[i].class_name, names, (size_t)files->names.count, sizeof *names,
                         compare_text);
        if (at)
            list[i].label = (int32_t)(at - names);
        else
            list[i].skip = VT_SKIP_CLASS;
    }
}

static vt_status next(vt_source *source, vt_item *item, int *more, vt_error *err)
{
    vt_files *files = (vt_files *)source;
    vt_map_close(&files->item_map);
    if (files->position == files->count) return VT_OK;
    isize at = files->position++;
    vt_split split = at < files->split_start[VT_SPLIT_TEST] ? VT_SPLIT_TRAIN : VT_SPLIT_TEST;
    isize start = files->split_start[split], count = files->split_start[split + 1] - start;
    const file *f = (const file *)files->list.data + start +
                    (isize)vt_rng_permute(ORDER_SEED, VT_RNG_ORDER, (uint64_t)split,
                                          (uint64_t)count, (uint64_t)(at - start));
    int length =
        snprintf(files->name, sizeof files->name, "%s/%s", files->inputs[f->input], f->path);
    VT_ASSERT(length > 0 && (size_t)length < sizeof files->name);
    *item = (vt_item){.split = split, .skip = f->skip, .name = files->name, .key = f->path};
    *more = 1;
    if (f->skip != VT_SKIP_NONE) return VT_OK;
    item->image = (vt_image){.jpeg = 1, .label = f->label, .bytes = f->bytes};
    if (f->offset >= 0) {
        if (f->bytes > 0) item->image.data = files->spool_map.data + f->offset;
        return VT_OK;
    }
    vt_status status = vt_map_open(&files->item_map, files->name, err);
    item->image.data = files->item_map.data;
    item->image.bytes = files->item_map.bytes;
    return status;
}

static void close_source(vt_source *source)
{
    vt_files *files = (vt_files *)source;
    vt_files_close(&files);
}

vt_status vt_files_start(vt_source **out, vt_files **from, vt_error *err)
{
    vt_files *files = *from;
    vt_status status = VT_OK;
    *out = NULL;
    *from = NULL;
    if (files->spool) {
        status = vt_writer_commit(files->spool, NULL, err);
        vt_writer_close(&files->spool);
        if (status == VT_OK) status = vt_map_open(&files->spool_map, files->spool_path, err);
    }
    sort(files);
    if (status == VT_OK) status = classes_find(files, err);
    if (status != VT_OK) goto done;
    labels_set(files);
    files->base = (vt_source){.next = next,
                              .close = close_source,
                              .classes = files->names.count,
                              .class_names = vt_names_list(&files->names)};
    *out = &files->base;
    files = NULL;
done:
    vt_files_close(&files);
    return status;
}

void vt_files_close(vt_files **from)
{
    vt_files *files = *from;
    if (!files) return;
    file *list = files->list.data;
    for (isize i = 0; i < files->count; i++) {
        void *text = list[i].path;
        vt_heap_free(&text);
    }
    vt_buffer_finish(&files->list);
    vt_names_finish(&files->names);
    vt_map_close(&files->item_map);
    vt_map_close(&files->spool_map);
    vt_writer_close(&files->spool);
    if (files->spooled) (void)unlink(files->spool_path);
    void *block = files;
    vt_heap_free(&block);
    *from = NULL;
}
