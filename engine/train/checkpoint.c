#include "train/checkpoint.h"
#include "base/heap.h"
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char format[] = "patchlaw checkpoint 1";

enum { TENSOR_NAME = VT_PARAM_NAME + 16, KINDS = 3, PATH_BYTES = 4096 };
static const char *const kinds[KINDS] = {"", "optim.m.", "optim.v."};

static vt_real *buffer_of(const vt_trainer *t, int kind)
{
    return kind == 0 ? t->params.values : kind == 1 ? t->optim.m : t->optim.v;
}

static void fill_tensors(const vt_trainer *t, vt_tensor *tensors, char (*names)[TENSOR_NAME])
{
    for (int kind = 0; kind < KINDS; kind++) {
        for (isize p = 0; p < t->params.count; p++) {
            const vt_param_info *info = &t->params.info[p];
            isize at = kind * t->params.count + p;
            (void)snprintf(names[at], TENSOR_NAME, "%s%s", kinds[kind], info->name);
            tensors[at] = (vt_tensor){
                .name = names[at], .data = buffer_of(t, kind) + info->offset, .dims = info->dims};
            memcpy(tensors[at].shape, info->shape, sizeof info->shape);
        }
    }
}

vt_status vt_checkpoint_write(const vt_trainer *t, const char *folder, isize *bytes,
                              char sha256[VT_SHA256_HEX], vt_error *err)
{
    char path[PATH_BYTES], step[32], images[32];
    isize count = KINDS * t->params.count;
    void *names = NULL, *tensors = NULL;
    vt_status status = vt_heap_alloc(&names, count * TENSOR_NAME, err);
    if (status == VT_OK) status = vt_heap_alloc(&tensors, count * (isize)sizeof(vt_tensor), err);
    if (status != VT_OK) goto done;
    fill_tensors(t, tensors, names);
    (void)snprintf(path, sizeof path, "%s/%s", folder, VT_CHECKPOINT_FILE);
    (void)snprintf(step, sizeof step, "%jd", (intmax_t)t->step);
    (void)snprintf(images, sizeof images, "%jd",
                   (intmax_t)(t->step * t->config.optim_batch_images));
    vt_note notes[] = {
        {"format", format}, {"config", t->config.hash}, {"step", step}, {"images", images}};
    vt_safetensors_content content = {tensors, count, notes, sizeof notes / sizeof *notes};
    status = vt_safetensors_write(path, &content, bytes, sha256, err);
done:
    vt_heap_free(&names);
    vt_heap_free(&tensors);
    return status;
}

static vt_status check_notes(const vt_trainer *t, const vt_safetensors *file, const char *path,
                             int64_t *step, vt_error *err)
{
    const char *form = vt_safetensors_note(file, "format");
    const char *config = vt_safetensors_note(file, "config");
    const char *text = vt_safetensors_note(file, "step");
    char *end = NULL;
    if (!form || strcmp(form, format) != 0 || !config || !text)
        return vt_fail(err, VT_ERR_FORMAT, "%s: not a checkpoint of this program", path);
    if (strcmp(config, t->config.hash) != 0)
        return vt_fail(err, VT_ERR_CONFIG,
                       "%s: belongs to config %.12s, this run is %.12s: use another folder", path,
                       config, t->config.hash);
    *step = strtoll(text, &end, 10);
    if (end == text || *end || *step < 0 || *step > t->config.optim_steps)
        return vt_fail(err, VT_ERR_FORMAT, "%s: step \"%.20s\" is out of range", path, text);
    return VT_OK;
}

vt_status vt_checkpoint_load(vt_trainer *t, const char *folder, int *found, vt_error *err)
{
    char path[PATH_BYTES], name[TENSOR_NAME];
    vt_safetensors *file = NULL;
    int64_t step = 0;
    *found = 0;
    (void)snprintf(path, sizeof path, "%s/%s", folder, VT_CHECKPOINT_FILE);
    if (access(path, F_OK) != 0 && errno == ENOENT) return VT_OK;
    vt_status status = vt_safetensors_open(&file, path, err);
    if (status == VT_OK) status = vt_safetensors_verify(file, err);
    if (status == VT_OK) status = check_notes(t, file, path, &step, err);
    for (int kind = 0; kind < KINDS && status == VT_OK; kind++) {
        for (isize p = 0; p < t->params.count && status == VT_OK; p++) {
            const vt_param_info *info = &t->params.info[p];
            (void)snprintf(name, sizeof name, "%s%s", kinds[kind], info->name);
            status = vt_safetensors_read(file, name, buffer_of(t, kind) + info->offset,
                                         info->rows * info->cols, err);
        }
    }
    vt_safetensors_close(&file);
    if (status != VT_OK) return status;
    t->step = step;
    *found = 1;
    return VT_OK;
}

vt_status vt_checkpoint_trunk(const char *path, vt_real *values, const vt_param_info *info,
                              isize count, vt_error *err)
{
    vt_safetensors *file = NULL;
    vt_status status = vt_safetensors_open(&file, path, err);
    if (status == VT_OK &&
        (vt_safetensors_note(file, "sha256") || vt_safetensors_note(file, "format")))
        status = vt_safetensors_verify(file, err);
    for (isize p = 0; p < count && status == VT_OK; p++)
        status = vt_safetensors_read(file, info[p].name, values + info[p].offset,
                                     info[p].rows * info[p].cols, err);
    vt_safetensors_close(&file);
    return status;
}
