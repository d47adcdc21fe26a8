/* The safetensors format, as published by its authors:
 *
 *   8 bytes   header length h, little-endian
 *   h bytes   JSON: {"__metadata__": {"key": "text", ...},
 *                    "name": {"dtype": "F32", "shape": [a, b], "data_offsets": [from, to]}, ...}
 *   payload   tensors, little-endian, row-major; offsets count from its start, without gaps
 *
 * The writer pads the header with spaces to a multiple of 64, so that tensors lie aligned. Its
 * first note, sha256, is the digest of the whole file with the digest's own 64 digits read as 0.
 * The reader knows the JSON that the format needs and no more: strings with simple escapes,
 * non-negative integers, and the three levels above.
 */
#include "model/safetensors.h"
#include "base/file.h"
#include "base/heap.h"
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

enum { NAME_BYTES = 128, HEADER_MAX = 100 << 20 };

typedef enum { F32, F64, I64, BOOL, DTYPE_COUNT } dtype;
static const struct {
    const char *name;
    isize bytes;
} dtypes[DTYPE_COUNT] = {{"F32", 4}, {"F64", 8}, {"I64", 8}, {"BOOL", 1}};

#ifdef VT_F64
static const dtype real_dtype = F64;
#else
static const dtype real_dtype = F32;
#endif

/* ---- writing ---- */

typedef struct {
    char *text;
    isize used, capacity;
} buffer;

static vt_status append(buffer *b, vt_error *err, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static vt_status append(buffer *b, vt_error *err, const char *format, ...)
{
    for (;;) {
        va_list args;
        va_start(args, format);
        isize room = b->capacity - b->used;
        int wrote = vsnprintf(b->text ? b->text + b->used : NULL, (size_t)room, format, args);
        va_end(args);
        if (wrote < 0) return vt_fail(err, VT_ERR_FORMAT, "text that cannot be written");
        if (wrote < room) {
            b->used += wrote;
            return VT_OK;
        }
        void *block = b->text;
        isize wanted = 2 * b->capacity + wrote + 256;
        vt_status status = vt_heap_grow(&block, b->used, wanted, err);
        if (status != VT_OK) return status;
        b->text = block;
        b->capacity = wanted;
    }
}

static vt_status append_string(buffer *b, const char *text, vt_error *err)
{
    vt_status status = append(b, err, "\"");
    for (; *text && status == VT_OK; text++) {
        if (*text == '"' || *text == '\\')
            status = append(b, err, "\\%c", *text);
        else if (*text == '\n')
            status = append(b, err, "\\n");
        else
            status = append(b, err, "%c", *text);
    }
    return status == VT_OK ? append(b, err, "\"") : status;
}

static isize elements(const vt_tensor *tensor)
{
    isize count = 1;
    for (int i = 0; i < tensor->dims; i++) count *= tensor->shape[i];
    return count;
}

static vt_status append_tensor(buffer *b, const vt_tensor *tensor, isize *offset, vt_error *err)
{
    isize bytes = elements(tensor) * dtypes[real_dtype].bytes;
    vt_status status = append(b, err, ",");
    if (status == VT_OK) status = append_string(b, tensor->name, err);
    if (status == VT_OK)
        status = append(b, err, ":{\"dtype\":\"%s\",\"shape\":[", dtypes[real_dtype].name);
    for (int i = 0; i < tensor->dims && status == VT_OK; i++)
        status = append(b, err, "%s%td", i ? "," : "", tensor->shape[i]);
    if (status == VT_OK)
        status = append(b, err, "],\"data_offsets\":[%td,%td]}", *offset, *offset + bytes);
    *offset += bytes;
    return status;
}

/* The digest's place: OPENING, 64 digits. */
#define OPENING "{\"__metadata__\":{\"sha256\":\""
#define ZEROS   "0000000000000000000000000000000000000000000000000000000000000000"
enum {
    LENGTH_BYTES = 8,
    DIGEST_AT = LENGTH_BYTES + sizeof OPENING - 1,
    DIGITS = VT_SHA256_HEX - 1
};

/* The first 8 bytes of the file and the header, its digest still 0. */
static vt_status header_of(buffer *b, const vt_safetensors_content *content, vt_error *err)
{
    vt_status status = append(b, err, "%*s" OPENING ZEROS "\"", LENGTH_BYTES, "");
    for (isize i = 0; i < content->note_count && status == VT_OK; i++) {
        status = append(b, err, ",");
        if (status == VT_OK) status = append_string(b, content->notes[i].key, err);
        if (status == VT_OK) status = append(b, err, ":");
        if (status == VT_OK) status = append_string(b, content->notes[i].value, err);
    }
    if (status == VT_OK) status = append(b, err, "}");
    isize offset = 0;
    for (isize i = 0; i < content->tensor_count && status == VT_OK; i++)
        status = append_tensor(b, &content->tensors[i], &offset, err);
    if (status == VT_OK) status = append(b, err, "}");
    while (status == VT_OK && b->used % 64 != 0) status = append(b, err, " ");
    uint64_t length = (uint64_t)(b->used - LENGTH_BYTES);
    for (int i = 0; i < LENGTH_BYTES && status == VT_OK; i++)
        b->text[i] = (char)(unsigned char)(length >> (8 * i));
    return status;
}

static isize payload_bytes(const vt_tensor *tensor)
{
    return elements(tensor) * dtypes[real_dtype].bytes;
}

static vt_status seal(buffer *header, const vt_safetensors_content *content, vt_error *err)
{
    char hex[VT_SHA256_HEX];
    vt_sha256 hash = {0};
    vt_status status = vt_sha256_open(&hash, err);
    if (status == VT_OK) status = vt_sha256_put(&hash, header->text, header->used, err);
    for (isize i = 0; i < content->tensor_count && status == VT_OK; i++)
        status = vt_sha256_put(&hash, content->tensors[i].data, payload_bytes(&content->tensors[i]),
                               err);
    if (status == VT_OK) status = vt_sha256_finish(&hash, hex, err);
    vt_sha256_close(&hash);
    if (status == VT_OK) memcpy(header->text + DIGEST_AT, hex, DIGITS);
    return status;
}

vt_status vt_safetensors_write(const char *path, const vt_safetensors_content *content,
                               isize *bytes, char sha256[VT_SHA256_HEX], vt_error *err)
{
    vt_writer *writer = NULL;
    buffer header = {0};
    vt_status status = header_of(&header, content, err);
    if (status == VT_OK) status = seal(&header, content, err);
    if (status == VT_OK) status = vt_writer_open(&writer, path, err);
    if (status == VT_OK) status = vt_writer_put(writer, header.text, header.used, err);
    for (isize i = 0; i < content->tensor_count && status == VT_OK; i++)
        status = vt_writer_put(writer, content->tensors[i].data,
                               payload_bytes(&content->tensors[i]), err);
    if (status == VT_OK) status = vt_writer_commit(writer, sha256, err);
    if (status == VT_OK) *bytes = vt_writer_bytes(writer);
    vt_writer_close(&writer);
    void *block = header.text;
    vt_heap_free(&block);
    return status;
}

/* ---- reading ---- */

typedef struct {
    char name[NAME_BYTES];
    dtype type;
    isize count;    /* elements */
    isize from, to; /* bytes in the payload */
} entry;

typedef struct {
    char *key, *value; /* in text */
} note;

struct vt_safetensors {
    char path[256]; /* for messages */
    vt_map map;
    const unsigned char *payload;
    isize payload_bytes;
    entry *entries;
    isize entry_count, entry_room;
    note *notes;
    isize note_count, note_room;
    char *text; /* notes' storage */
    isize text_used, text_room;
};

typedef struct {
    const char *at, *end;
    vt_safetensors *file;
    vt_error *err;
} reader;

static vt_status damaged(reader *r, const char *what)
{
    isize byte = r->at - (const char *)r->file->map.data;
    return vt_fail(r->err, VT_ERR_FORMAT, "%s: byte %td: not a safetensors header: %s",
                   r->file->path, byte, what);
}

static void skip_space(reader *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\n' || *r->at == '\t' || *r->at == '\r'))
        r->at++;
}

static int accept(reader *r, char c)
{
    skip_space(r);
    if (r->at >= r->end || *r->at != c) return 0;
    r->at++;
    return 1;
}

/* Into out, NUL-terminated; room counts the NUL. */
static vt_status read_string(reader *r, char *out, isize room)
{
    isize used = 0;
    if (!accept(r, '"')) return damaged(r, "a string is missing");
    while (r->at < r->end && *r->at != '"') {
        char c = *r->at++;
        if (c == '\\') {
            if (r->at >= r->end) break;
            c = *r->at++;
            if (c == 'n')
                c = '\n';
            else if (c == 't')
                c = '\t';
            else if (c != '"' && c != '\\' && c != '/')
                return damaged(r, "an escape that names do not need");
        }
        if (used + 1 >= room) return damaged(r, "a string is too long");
        out[used++] = c;
    }
    if (!accept(r, '"')) return damaged(r, "a string has no end");
    out[used] = '\0';
    return VT_OK;
}

static vt_status read_integer(reader *r, isize *out)
{
    isize value = 0;
    skip_space(r);
    const char *first = r->at;
    while (r->at < r->end && *r->at >= '0' && *r->at <= '9') {
        if (value > (PTRDIFF_MAX - 9) / 10) return damaged(r, "a number is too large");
        value = value * 10 + (*r->at++ - '0');
    }
    if (r->at == first) return damaged(r, "a number is missing");
    *out = value;
    return VT_OK;
}

static vt_status read_shape(reader *r, isize *count)
{
    *count = 1;
    if (!accept(r, '[')) return damaged(r, "shape is not a list");
    if (accept(r, ']')) return VT_OK;
    do {
        isize size = 0;
        vt_status status = read_integer(r, &size);
        if (status != VT_OK) return status;
        if (size > 0 && *count > PTRDIFF_MAX / 16 / size) return damaged(r, "shape is too large");
        *count *= size;
    } while (accept(r, ','));
    return accept(r, ']') ? VT_OK : damaged(r, "shape has no end");
}

static vt_status read_offsets(reader *r, entry *e)
{
    if (!accept(r, '[')) return damaged(r, "data_offsets is not a list");
    vt_status status = read_integer(r, &e->from);
    if (status != VT_OK) return status;
    if (!accept(r, ',')) return damaged(r, "data_offsets has one number");
    status = read_integer(r, &e->to);
    if (status != VT_OK) return status;
    return accept(r, ']') ? VT_OK : damaged(r, "data_offsets has no end");
}

static vt_status read_dtype(reader *r, entry *e)
{
    char name[16];
    vt_status status = read_string(r, name, (isize)sizeof name);
    if (status != VT_OK) return status;
    for (int i = 0; i < DTYPE_COUNT; i++) {
        if (strcmp(dtypes[i].name, name) != 0) continue;
        e->type = (dtype)i;
        return VT_OK;
    }
    return damaged(r, "a dtype other than F32, F64, I64, BOOL");
}

static vt_status read_entry(reader *r, entry *e)
{
    int seen = 0;
    char field[16];
    if (!accept(r, '{')) return damaged(r, "a tensor is not an object");
    do {
        vt_status status = read_string(r, field, (isize)sizeof field);
        if (status != VT_OK) return status;
        if (!accept(r, ':')) return damaged(r, "a colon is missing");
        if (strcmp(field, "dtype") == 0) {
            seen |= 1;
            status = read_dtype(r, e);
        } else if (strcmp(field, "shape") == 0) {
            seen |= 2;
            status = read_shape(r, &e->count);
        } else if (strcmp(field, "data_offsets") == 0) {
            seen |= 4;
            status = read_offsets(r, e);
        } else {
            return damaged(r, "a field other than dtype, shape, data_offsets");
        }
        if (status != VT_OK) return status;
    } while (accept(r, ','));
    if (!accept(r, '}') || seen != 7) return damaged(r, "a tensor lacks a field");
    if (e->from > e->to || e->to > r->file->payload_bytes ||
        e->to - e->from != e->count * dtypes[e->type].bytes)
        return damaged(r, "a tensor's offsets do not fit its shape or the file");
    return VT_OK;
}

static vt_status grow(void **items, isize count, isize *room, isize bytes, vt_error *err)
{
    if (count < *room) return VT_OK;
    isize wanted = 2 * *room + 16;
    vt_status status = vt_heap_grow(items, count * bytes, wanted * bytes, err);
    if (status == VT_OK) *room = wanted;
    return status;
}

/* The text block never moves: it is as long as the header that the notes come from. */
static vt_status read_text(reader *r, char **out)
{
    vt_safetensors *file = r->file;
    *out = file->text + file->text_used;
    vt_status status = read_string(r, *out, file->text_room - file->text_used);
    if (status == VT_OK) file->text_used += (isize)strlen(*out) + 1;
    return status;
}

static vt_status read_notes(reader *r)
{
    vt_safetensors *file = r->file;
    if (!accept(r, '{')) return damaged(r, "__metadata__ is not an object");
    if (accept(r, '}')) return VT_OK;
    do {
        void *items = file->notes;
        vt_status status =
            grow(&items, file->note_count, &file->note_room, (isize)sizeof(note), r->err);
        file->notes = items;
        if (status != VT_OK) return status;
        note *n = &file->notes[file->note_count];
        status = read_text(r, &n->key);
        if (status != VT_OK) return status;
        if (!accept(r, ':')) return damaged(r, "a colon is missing");
        status = read_text(r, &n->value);
        if (status != VT_OK) return status;
        file->note_count++;
    } while (accept(r, ','));
    return accept(r, '}') ? VT_OK : damaged(r, "__metadata__ has no end");
}

/* "name": value */
static vt_status read_item(reader *r)
{
    vt_safetensors *file = r->file;
    entry e = {0};
    vt_status status = read_string(r, e.name, (isize)sizeof e.name);
    if (status != VT_OK) return status;
    if (!accept(r, ':')) return damaged(r, "a colon is missing");
    if (strcmp(e.name, "__metadata__") == 0) return read_notes(r);
    status = read_entry(r, &e);
    if (status != VT_OK) return status;
    void *items = file->entries;
    status = grow(&items, file->entry_count, &file->entry_room, (isize)sizeof e, r->err);
    file->entries = items;
    if (status == VT_OK) file->entries[file->entry_count++] = e;
    return status;
}

static vt_status read_header(reader *r)
{
    if (!accept(r, '{')) return damaged(r, "no object");
    if (!accept(r, '}')) {
        do {
            vt_status status = read_item(r);
            if (status != VT_OK) return status;
        } while (accept(r, ','));
        if (!accept(r, '}')) return damaged(r, "no end");
    }
    skip_space(r);
    return r->at == r->end ? VT_OK : damaged(r, "something stands behind it");
}

vt_status vt_safetensors_open(vt_safetensors **out, const char *path, vt_error *err)
{
    *out = NULL;
    void *block = NULL;
    vt_status status = vt_heap_alloc(&block, (isize)sizeof(vt_safetensors), err);
    if (status != VT_OK) return status;
    vt_safetensors *file = block;
    (void)snprintf(file->path, sizeof file->path, "%s", path);
    status = vt_map_open(&file->map, path, err);
    if (status != VT_OK) goto done;
    uint64_t length = 0;
    for (int i = 0; i < 8 && file->map.bytes >= 8; i++)
        length |= (uint64_t)file->map.data[i] << (8 * i);
    if (file->map.bytes < 8 || length > HEADER_MAX || (isize)length > file->map.bytes - 8) {
        status = vt_fail(err, VT_ERR_FORMAT, "%s: not a safetensors file, or cut short", path);
        goto done;
    }
    file->payload = file->map.data + 8 + length;
    file->payload_bytes = file->map.bytes - 8 - (isize)length;
    void *text = NULL;
    status = vt_heap_alloc(&text, (isize)length + 2, err);
    file->text = text;
    file->text_room = (isize)length + 2;
    if (status != VT_OK) goto done;
    const char *first = (const char *)file->map.data + 8;
    reader r = {.at = first, .end = first + length, .file = file, .err = err};
    status = read_header(&r);
    if (status != VT_OK) goto done;
    *out = file;
    file = NULL;
done:
    vt_safetensors_close(&file);
    return status;
}

static const entry *find(const vt_safetensors *file, const char *name)
{
    for (isize i = 0; i < file->entry_count; i++)
        if (strcmp(file->entries[i].name, name) == 0) return &file->entries[i];
    return NULL;
}

isize vt_safetensors_count(const vt_safetensors *file, const char *name)
{
    const entry *e = find(file, name);
    return e ? e->count : -1;
}

vt_status vt_safetensors_read(const vt_safetensors *file, const char *name, vt_real *out,
                              isize count, vt_error *err)
{
    const entry *e = find(file, name);
    if (!e) return vt_fail(err, VT_ERR_FORMAT, "%s: no tensor %s", file->path, name);
    if (e->count != count)
        return vt_fail(err, VT_ERR_FORMAT, "%s: %s has %td elements, want %td", file->path, name,
                       e->count, count);
    const unsigned char *from = file->payload + e->from;
    for (isize i = 0; i < count; i++) {
        float f32 = 0;
        double f64 = 0;
        int64_t i64 = 0;
        switch (e->type) {
        case F32:
            memcpy(&f32, from + 4 * i, 4);
            out[i] = (vt_real)f32;
            break;
        case F64:
            memcpy(&f64, from + 8 * i, 8);
            out[i] = (vt_real)f64;
            break;
        case I64:
            memcpy(&i64, from + 8 * i, 8);
            out[i] = (vt_real)i64;
            break;
        case BOOL:
            out[i] = from[i] ? 1 : 0;
            break;
        case DTYPE_COUNT:
            break;
        }
    }
    return VT_OK;
}

vt_status vt_safetensors_hash(const vt_safetensors *file, char sha256[VT_SHA256_HEX], vt_error *err)
{
    return vt_sha256_of(file->map.data, file->map.bytes, sha256, err);
}

vt_status vt_safetensors_verify(const vt_safetensors *file, vt_error *err)
{
    char hex[VT_SHA256_HEX];
    const unsigned char *data = file->map.data;
    isize behind = DIGEST_AT + DIGITS;
    if (file->map.bytes < behind ||
        memcmp(data + LENGTH_BYTES, OPENING, DIGEST_AT - LENGTH_BYTES) != 0)
        return vt_fail(err, VT_ERR_FORMAT, "%s: carries no sha256 of itself", file->path);
    vt_sha256 hash = {0};
    vt_status status = vt_sha256_open(&hash, err);
    if (status == VT_OK) status = vt_sha256_put(&hash, data, DIGEST_AT, err);
    if (status == VT_OK) status = vt_sha256_put(&hash, ZEROS, DIGITS, err);
    if (status == VT_OK)
        status = vt_sha256_put(&hash, data + behind, file->map.bytes - behind, err);
    if (status == VT_OK) status = vt_sha256_finish(&hash, hex, err);
    vt_sha256_close(&hash);
    if (status == VT_OK && memcmp(data + DIGEST_AT, hex, DIGITS) != 0)
        status =
            vt_fail(err, VT_ERR_FORMAT, "%s: damaged: it has SHA-256 %.12s..., and says %.12s...",
                    file->path, hex, (const char *)data + DIGEST_AT);
    return status;
}

const char *vt_safetensors_note(const vt_safetensors *file, const char *key)
{
    for (isize i = 0; i < file->note_count; i++)
        if (strcmp(file->notes[i].key, key) == 0) return file->notes[i].value;
    return NULL;
}

void vt_safetensors_close(vt_safetensors **file)
{
    vt_safetensors *f = *file;
    if (!f) return;
    void *blocks[] = {f->entries, f->notes, f->text, f};
    vt_map_close(&f->map);
    for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) vt_heap_free(&blocks[i]);
    *file = NULL;
}
