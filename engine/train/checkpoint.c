#include "train/checkpoint.h"
#include "base/file.h"
#include "base/heap.h"
#include "base/log.h"
#include "objective/target.h"
#include "ops/gemm.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char format[] = "patchlaw checkpoint 1";

enum { TENSOR_NAME = VT_PARAM_NAME + 16, KINDS = 4, NOTE_NUMBERS = 4, PATH_BYTES = 4096 };

/* A table of tensors and where their numbers lie. */
typedef struct {
    const char *prefix; /* of their names */
    const vt_params *table;
    vt_real *values;
} kind;

static void kinds_of(const vt_trainer *t, kind kinds[KINDS])
{
    const vt_learner *l = &t->learner;
    kinds[0] = (kind){"", &l->params, l->params.values};
    kinds[1] = (kind){"optim.m.", &l->params, l->optim.m};
    kinds[2] = (kind){"optim.v.", &l->params, l->optim.v};
    kinds[3] = (kind){"", &l->state, l->state.values};
}

static isize fill_tensors(const vt_trainer *t, vt_tensor *tensors, char (*names)[TENSOR_NAME])
{
    kind kinds[KINDS];
    isize at = 0;
    kinds_of(t, kinds);
    for (int k = 0; k < KINDS; k++) {
        for (isize p = 0; p < kinds[k].table->count; p++, at++) {
            const vt_param_info *info = &kinds[k].table->info[p];
            (void)snprintf(names[at], TENSOR_NAME, "%s%s", kinds[k].prefix, info->name);
            tensors[at] = (vt_tensor){
                .name = names[at], .data = kinds[k].values + info->offset, .dims = info->dims};
            memcpy(tensors[at].shape, info->shape, sizeof info->shape);
        }
    }
    return at;
}

/* What the last bits depend on besides config, data and build. */
static void describe_arithmetic(char *out, size_t room)
{
    (void)snprintf(out, room, "%s %s", vt_kernels_now()->name, vt_gemm_kernel());
}

vt_status vt_checkpoint_write(const vt_trainer *t, const char *folder, isize *bytes,
                              char sha256[VT_SHA256_HEX], vt_error *err)
{
    char path[PATH_BYTES];
    isize count = 3 * t->learner.params.count + t->learner.state.count;
    void *names = NULL, *tensors = NULL;
    vt_status status = vt_heap_alloc(&names, count * TENSOR_NAME, err);
    if (status == VT_OK) status = vt_heap_alloc(&tensors, count * (isize)sizeof(vt_tensor), err);
    if (status != VT_OK) goto done;
    isize filled = fill_tensors(t, tensors, names);
    VT_ASSERT(filled == count);
    (void)snprintf(path, sizeof path, "%s/%s", folder, VT_CHECKPOINT_FILE);
    int64_t numbers[NOTE_NUMBERS] = {t->step, t->config.optim_steps, t->points, t->validated};
    char text[NOTE_NUMBERS][24], arithmetic[64];
    for (int i = 0; i < NOTE_NUMBERS; i++)
        (void)snprintf(text[i], sizeof text[i], "%jd", (intmax_t)numbers[i]);
    describe_arithmetic(arithmetic, sizeof arithmetic);
    vt_note notes[] = {{"format", format},         {"config", t->config.hash},
                       {"step", text[0]},          {"steps", text[1]},
                       {"points", text[2]},        {"validated", text[3]},
                       {"arithmetic", arithmetic}, {"codebook", t->codebook_sha256}};
    isize note_count = (isize)(sizeof notes / sizeof *notes) - (t->codebook_sha256[0] == 0);
    vt_safetensors_content content = {tensors, count, notes, note_count};
    status = vt_safetensors_write(path, &content, bytes, sha256, err);
done:
    vt_heap_free(&names);
    vt_heap_free(&tensors);
    return status;
}

/* A note that is a number >= 0. */
static vt_status read_number(const vt_safetensors *file, const char *path, const char *key,
                             int64_t *out, vt_error *err)
{
    const char *text = vt_safetensors_note(file, key);
    char *end = NULL;
    if (!text) return vt_fail(err, VT_ERR_FORMAT, "%s: note %s is missing", path, key);
    *out = strtoll(text, &end, 10);
    if (end == text || *end || *out < 0)
        return vt_fail(err, VT_ERR_FORMAT, "%s: %s \"%.20s\" is no number", path, key, text);
    return VT_OK;
}

static vt_status check_format(const vt_safetensors *file, const char *path, vt_error *err)
{
    const char *form = vt_safetensors_note(file, "format");
    if (!form || strcmp(form, format) != 0 || !vt_safetensors_note(file, "config"))
        return vt_fail(err, VT_ERR_FORMAT, "%s: not a checkpoint of this program", path);
    return VT_OK;
}

static vt_status read_notes(vt_trainer *t, const vt_safetensors *file, const char *path,
                            int64_t *step, vt_error *err)
{
    char arithmetic[64];
    vt_status status = check_format(file, path, err);
    if (status != VT_OK) return status;
    const char *config = vt_safetensors_note(file, "config");
    if (strcmp(config, t->config.hash) != 0)
        return vt_fail(err, VT_ERR_CONFIG,
                       "%s: belongs to config %.12s, this run is %.12s: use another folder", path,
                       config, t->config.hash);
    status = read_number(file, path, "step", step, err);
    if (status == VT_OK) status = read_number(file, path, "points", &t->points, err);
    if (status == VT_OK) status = read_number(file, path, "validated", &t->validated, err);
    if (status == VT_OK && *step > t->config.optim_steps)
        status = vt_fail(err, VT_ERR_FORMAT, "%s: step %jd is out of range", path, (intmax_t)*step);
    const char *codebook = vt_safetensors_note(file, "codebook");
    if (status == VT_OK && (codebook != NULL) != vt_target_of(&t->config).coded)
        status = vt_fail(err, VT_ERR_FORMAT, "%s: note codebook is %s, unlike target.kind", path,
                         codebook ? "there" : "missing");
    if (status == VT_OK && codebook)
        (void)snprintf(t->codebook_sha256, sizeof t->codebook_sha256, "%s", codebook);
    describe_arithmetic(arithmetic, sizeof arithmetic);
    const char *before = vt_safetensors_note(file, "arithmetic");
    if (status == VT_OK && before && strcmp(before, arithmetic) != 0)
        vt_log("this run began with the kernels \"%s\" and goes on with \"%s\": its last bits "
               "will differ from those of a run on one kind of CPU",
               before, arithmetic);
    return status;
}

vt_status vt_checkpoint_load(vt_trainer *t, const char *folder, int *found, vt_error *err)
{
    char path[PATH_BYTES], name[TENSOR_NAME];
    vt_safetensors *file = NULL;
    kind kinds[KINDS];
    int64_t step = 0;
    *found = 0;
    (void)snprintf(path, sizeof path, "%s/%s", folder, VT_CHECKPOINT_FILE);
    if (access(path, F_OK) != 0 && errno == ENOENT) return VT_OK;
    vt_status status = vt_safetensors_open(&file, path, err);
    if (status == VT_OK) status = vt_safetensors_verify(file, err);
    if (status == VT_OK) status = read_notes(t, file, path, &step, err);
    kinds_of(t, kinds);
    for (int k = 0; k < KINDS && status == VT_OK; k++) {
        for (isize p = 0; p < kinds[k].table->count && status == VT_OK; p++) {
            const vt_param_info *info = &kinds[k].table->info[p];
            (void)snprintf(name, sizeof name, "%s%s", kinds[k].prefix, info->name);
            status = vt_safetensors_read(file, name, kinds[k].values + info->offset,
                                         info->rows * info->cols, err);
        }
    }
    vt_safetensors_close(&file);
    if (status != VT_OK) return status;
    vt_learner_refresh(&t->learner);
    t->step = step;
    *found = 1;
    return VT_OK;
}

vt_status vt_checkpoint_is_of(const char *path, const char *config, vt_error *err)
{
    vt_safetensors *file = NULL;
    int64_t step = 0, steps = 0;
    vt_status status = vt_safetensors_open(&file, path, err);
    if (status == VT_OK) status = check_format(file, path, err);
    if (status == VT_OK) status = read_number(file, path, "step", &step, err);
    if (status == VT_OK) status = read_number(file, path, "steps", &steps, err);
    const char *of = status == VT_OK ? vt_safetensors_note(file, "config") : NULL;
    if (of && strcmp(of, config) != 0)
        status = vt_fail(err, VT_ERR_CONFIG, "%s: is run %.12s, probe.trunk wants %.12s", path, of,
                         config);
    else if (of && step != steps)
        status = vt_fail(err, VT_ERR_CONFIG, "%s: is at step %jd of %jd: finish its training first",
                         path, (intmax_t)step, (intmax_t)steps);
    vt_safetensors_close(&file);
    return status;
}

vt_status vt_checkpoint_describe(const char *folder, isize *bytes, char sha256[VT_SHA256_HEX],
                                 vt_error *err)
{
    char path[PATH_BYTES];
    (void)snprintf(path, sizeof path, "%s/%s", folder, VT_CHECKPOINT_FILE);
    return vt_file_describe(path, bytes, sha256, err);
}

vt_status vt_checkpoint_trunk(const char *path, vt_real *values, const vt_param_info *info,
                              isize count, char sha256[VT_SHA256_HEX], vt_error *err)
{
    vt_safetensors *file = NULL;
    vt_status status = vt_safetensors_open(&file, path, err);
    if (status == VT_OK) status = vt_safetensors_hash(file, sha256, err);
    if (status == VT_OK &&
        (vt_safetensors_note(file, "sha256") || vt_safetensors_note(file, "format")))
        status = vt_safetensors_verify(file, err);
    for (isize p = 0; p < count && status == VT_OK; p++)
        status = vt_safetensors_read(file, info[p].name, values + info[p].offset,
                                     info[p].rows * info[p].cols, err);
    vt_safetensors_close(&file);
    return status;
}
