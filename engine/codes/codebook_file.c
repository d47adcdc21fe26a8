#include "codes/codebook.h"
#include "model/safetensors.h"
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef FUZZING_BUILD_MODE_UNSAFE_FOR_PRODUCTION
enum { HASH_CHECKED = 0 }; /* no fuzzer finds a hash, and what lies behind it is to be tried */
#else
enum { HASH_CHECKED = 1 };
#endif

static const char format[] = "patchlaw codebook 1";
static const char *const kinds[] = {[VT_CODES_KMEANS] = "kmeans", [VT_CODES_VQ] = "vq"};

enum { TENSORS = 2 + VT_VQ_PARAMS, EXTENT_MAX = 1 << 24 };

/* The numbers that describe a codebook, each a note of the file. */
typedef struct {
    const char *key;
    isize value;
} number;
enum { CODES, VALUES, HIDDEN, WIDTH, USED, NUMBERS };

/* The codebook's tensors; returns how many. */
static isize tensors_of(const vt_codebook *c, vt_tensor tensors[TENSORS])
{
    const vt_vq_shape *shape = &c->shape.vq;
    isize count = 0;
    tensors[count++] = (vt_tensor){"codes.patches", c->patches, {shape->K, shape->P}, 2};
    if (c->shape.kind != VT_CODES_VQ) return count;
    tensors[count++] = (vt_tensor){"codes.entries", c->entries, {shape->K, shape->D}, 2};
    for (int p = 0; p < VT_VQ_PARAMS; p++) {
        const vt_param_info *info = &c->info[p];
        tensors[count] = (vt_tensor){info->name, c->values + info->offset, {0}, info->dims};
        memcpy(tensors[count++].shape, info->shape, sizeof info->shape);
    }
    return count;
}

vt_status vt_codebook_write(const vt_codebook *c, const char *path, const char *config,
                            isize *bytes, char sha256[VT_SHA256_HEX], vt_error *err)
{
    const vt_vq_shape *shape = &c->shape.vq;
    vt_tensor tensors[TENSORS];
    const number numbers[NUMBERS] = {[CODES] = {"codes", shape->K},
                                     [VALUES] = {"values", shape->P},
                                     [HIDDEN] = {"hidden", shape->hidden},
                                     [WIDTH] = {"width", shape->D},
                                     [USED] = {"used", c->used}};
    char text[NUMBERS + 2][32];
    vt_note notes[NUMBERS + 5] = {
        {"format", format}, {"kind", kinds[c->shape.kind]}, {"config", config}};
    isize count = 3;
    for (int i = 0; i < NUMBERS; i++) {
        (void)snprintf(text[i], sizeof text[i], "%td", numbers[i].value);
        notes[count++] = (vt_note){numbers[i].key, text[i]};
    }
    (void)snprintf(text[NUMBERS], sizeof text[0], "%.17g", c->error);
    (void)snprintf(text[NUMBERS + 1], sizeof text[0], "%.17g", c->perplexity);
    notes[count++] = (vt_note){"error", text[NUMBERS]};
    notes[count++] = (vt_note){"perplexity", text[NUMBERS + 1]};
    vt_safetensors_content content = {tensors, tensors_of(c, tensors), notes, count};
    return vt_safetensors_write(path, &content, bytes, sha256, err);
}

/* ---- reading ---- */

typedef struct {
    const vt_safetensors *file;
    const char *path;
    vt_error *err;
} reader;

static vt_status refuse(const reader *r, const char *key, const char *text)
{
    return vt_fail(r->err, VT_ERR_FORMAT,
                   "%s: note %s is %.30s: damaged; remove the file to learn the codes again",
                   r->path, key, text ? text : "missing");
}

static vt_status read_extent(const reader *r, const char *key, isize least, isize *out)
{
    const char *text = vt_safetensors_note(r->file, key);
    char *end = NULL;
    long long value = text ? strtoll(text, &end, 10) : -1;
    if (!text || end == text || *end || value < least || value > EXTENT_MAX)
        return refuse(r, key, text);
    *out = (isize)value;
    return VT_OK;
}

static vt_status read_real(const reader *r, const char *key, double *out)
{
    const char *text = vt_safetensors_note(r->file, key);
    char *end = NULL;
    *out = text ? strtod(text, &end) : 0;
    return !text || end == text || *end ? refuse(r, key, text) : VT_OK;
}

static vt_status read_shape(const reader *r, vt_codebook_shape *shape)
{
    const char *form = vt_safetensors_note(r->file, "format");
    const char *kind = vt_safetensors_note(r->file, "kind");
    if (!form || strcmp(form, format) != 0)
        return vt_fail(r->err, VT_ERR_FORMAT, "%s: not a codebook of this program", r->path);
    if (!kind || (strcmp(kind, kinds[0]) != 0 && strcmp(kind, kinds[1]) != 0))
        return refuse(r, "kind", kind);
    *shape = (vt_codebook_shape){.kind = strcmp(kind, kinds[VT_CODES_VQ]) == 0};
    int vq = shape->kind == VT_CODES_VQ;
    vt_status status = read_extent(r, "codes", 1, &shape->vq.K);
    if (status == VT_OK) status = read_extent(r, "values", 1, &shape->vq.P);
    if (status == VT_OK) status = read_extent(r, "hidden", vq, &shape->vq.hidden);
    if (status == VT_OK) status = read_extent(r, "width", vq, &shape->vq.D);
    return status;
}

/* The tensors that a codebook of the shape has, before memory is taken for them: a note may lie. */
static vt_status check_size(const reader *r, const vt_codebook_shape *shape)
{
    const vt_vq_shape *s = &shape->vq;
    int vq = shape->kind == VT_CODES_VQ;
    if (vt_safetensors_count(r->file, "codes.patches") == s->K * s->P &&
        (!vq || (vt_safetensors_count(r->file, "codes.entries") == s->K * s->D &&
                 vt_safetensors_count(r->file, "codes.encoder.fc1.weight") == s->hidden * s->P &&
                 vt_safetensors_count(r->file, "codes.encoder.fc2.weight") == s->D * s->hidden)))
        return VT_OK;
    return vt_fail(r->err, VT_ERR_FORMAT,
                   "%s: its tensors do not fit its notes: damaged; remove the file to learn the "
                   "codes again",
                   r->path);
}

static vt_status read_tensors(const reader *r, vt_codebook *c)
{
    vt_tensor tensors[TENSORS];
    isize count = tensors_of(c, tensors);
    for (isize i = 0; i < count; i++) {
        isize numbers = tensors[i].shape[0] * (tensors[i].dims > 1 ? tensors[i].shape[1] : 1);
        vt_real *to = (vt_real *)tensors[i].data; /* the codebook's own */
        vt_status status = vt_safetensors_read(r->file, tensors[i].name, to, numbers, r->err);
        if (status != VT_OK) return status;
        for (isize at = 0; at < numbers; at++)
            if (!isfinite(to[at])) return refuse(r, tensors[i].name, "not finite");
    }
    return VT_OK;
}

static vt_status read_codebook(const reader *r, vt_codebook *c, const char *config)
{
    vt_codebook_shape shape = {0};
    vt_status status = read_shape(r, &shape);
    const char *of = vt_safetensors_note(r->file, "config");
    if (status == VT_OK && !of) status = refuse(r, "config", NULL);
    if (status == VT_OK && config && of && strcmp(of, config) != 0)
        status = vt_fail(r->err, VT_ERR_CONFIG,
                         "%s: belongs to config %.12s, this run is %.12s: use another folder",
                         r->path, of, config);
    if (status == VT_OK) status = check_size(r, &shape);
    if (status == VT_OK) status = vt_codebook_open(c, &shape, r->err);
    if (status == VT_OK) status = read_extent(r, "used", 0, &c->used);
    if (status == VT_OK) status = read_real(r, "error", &c->error);
    if (status == VT_OK) status = read_real(r, "perplexity", &c->perplexity);
    if (status == VT_OK) status = read_tensors(r, c);
    return status;
}

vt_status vt_codebook_read(vt_codebook *out, const char *path, const char *config, vt_error *err)
{
    vt_safetensors *file = NULL;
    *out = (vt_codebook){0};
    vt_status status = vt_safetensors_open(&file, path, err);
    if (status == VT_OK && HASH_CHECKED) status = vt_safetensors_verify(file, err);
    reader r = {file, path, err};
    if (status == VT_OK) status = read_codebook(&r, out, config);
    vt_safetensors_close(&file);
    if (status != VT_OK) vt_codebook_close(out);
    return status;
}
