#include "plan/ladder.h"
#include "base/heap.h"
#include "launch/estimate.h"
#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static lab_status set_int(lab_config *config, lab_key_id key, int value, lab_error *err)
{
    char words[32];
    (void)snprintf(words, sizeof words, "%d", value);
    return lab_config_set(config, key, words, "--sizes", err);
}

/* What the engine says of a size. LAB_ERR_CONFIG where it, or the config, refuses it. */
static lab_status ask(const lab_ladder *ladder, lab_engine *engine, lab_ladder_size *size,
                      bool total, lab_error *err)
{
    lab_config *config = lab_heap_take(sizeof *config);
    lab_plan plan = {0};
    *config = ladder->base;
    lab_status status = set_int(config, LAB_KEY_model_width, size->width, err);
    if (status == LAB_OK) status = set_int(config, LAB_KEY_model_heads, size->heads, err);
    if (status == LAB_OK) status = set_int(config, LAB_KEY_model_depth, size->depth, err);
    if (status == LAB_OK && ladder->tied)
        status = set_int(config, LAB_KEY_head_width, size->width, err);
    if (status == LAB_OK) status = lab_config_check(config, err);
    if (status == LAB_OK) status = lab_estimate_config(engine, config, &plan, err);
    size->n = (double)(total ? plan.params_total : plan.params_trunk);
    size->flops_step = (double)plan.flops_step;
    size->patches_step =
        (double)plan.tokens * (double)lab_config_int(config, LAB_KEY_optim_batch_images);
    lab_heap_free(config);
    return status;
}

static int by_n(const void *a, const void *b)
{
    const lab_ladder_size *left = a, *right = b;
    return (left->n > right->n) - (left->n < right->n);
}

static lab_status read_sizes(lab_ladder *out, const char *sizes, lab_error *err)
{
    const lab_ladder_size base = out->sizes[0];
    out->count = 0;
    for (const char *at = sizes;;) {
        lab_ladder_size size = base;
        int *parts[] = {&size.width, &size.heads, &size.depth}, part = 0;
        char *end = NULL;
        bool good = out->count < LAB_PLAN_SIZES;
        for (; good; part++) {
            long value = strtol(at, &end, 10);
            good = end > at && value > 0 && value <= 65536 && (*end != '/' || part < 2);
            if (good) *parts[part] = (int)value;
            at = end + 1;
            if (*end != '/') break;
        }
        if (!good || (*end && *end != ','))
            return lab_fail(err, LAB_ERR_CONFIG,
                            "--sizes: '%.80s' is no list of at most %d WIDTH[/HEADS[/DEPTH]], as "
                            "32,64/8,96/8/4",
                            sizes, LAB_PLAN_SIZES);
        out->sizes[out->count++] = size;
        if (!*end) return LAB_OK;
    }
}

/* Widths by sqrt(2) about the base's. */
static void own_sizes(lab_ladder *out)
{
    const lab_ladder_size base = out->sizes[0];
    int unit = base.heads;
    while (unit % 4) unit += base.heads;
    out->count = 0;
    for (int k = -LAB_LADDER_STEPS; k <= LAB_LADDER_STEPS; k++) {
        lab_ladder_size size = base;
        if (k) size.width = unit * (int)lround(base.width * pow(2, k / 2.0) / unit);
        bool seen = size.width < unit;
        for (int i = 0; i < out->count; i++) seen |= out->sizes[i].width == size.width;
        if (!seen) out->sizes[out->count++] = size;
    }
}

lab_status lab_ladder_make(lab_ladder *out, lab_engine *engine, const char *base, const char *sizes,
                           bool total, lab_error *err)
{
    char path[PATH_MAX];
    *out = (lab_ladder){.count = 0};
    if (!realpath(base, path))
        return lab_fail(err, LAB_ERR_MISSING, "--base %s: %s", base, strerror(errno));
    (void)snprintf(out->path, sizeof out->path, "%s", path);
    lab_config_init(&out->base);
    lab_status status = lab_config_load(&out->base, base, err);
    if (status == LAB_OK && lab_config_task(&out->base) != LAB_TASK_PRETRAIN)
        status = lab_fail(err, LAB_ERR_CONFIG, "--base %s: is a probe's; laws are of trunks", base);
    if (status != LAB_OK) return status;
    out->sizes[0] =
        (lab_ladder_size){.width = (int)lab_config_int(&out->base, LAB_KEY_model_width),
                          .heads = (int)lab_config_int(&out->base, LAB_KEY_model_heads),
                          .depth = (int)lab_config_int(&out->base, LAB_KEY_model_depth)};
    out->tied = out->sizes[0].width == lab_config_int(&out->base, LAB_KEY_head_width);
    if (sizes)
        status = read_sizes(out, sizes, err);
    else
        own_sizes(out);
    int kept = 0;
    for (int i = 0; status == LAB_OK && i < out->count; i++) {
        lab_ladder_size size = out->sizes[i];
        status = ask(out, engine, &size, total, err);
        if (status == LAB_ERR_CONFIG && !sizes)
            status = LAB_OK; /* a size of our own making that does not fit */
        else if (status == LAB_OK)
            out->sizes[kept++] = size;
    }
    out->count = kept;
    if (status == LAB_OK && kept == 0)
        status = lab_fail(err, LAB_ERR_CONFIG,
                          "--base %s: the engine plans no size of it; patchlaw run %s --dry-run "
                          "tells why, and --sizes names others",
                          base, base);
    if (status != LAB_OK) return status;
    qsort(out->sizes, (size_t)kept, sizeof *out->sizes, by_n);
    for (int i = 0; i < kept; i++)
        lab_plan_price_add(&out->prices, out->sizes[i].n,
                           out->sizes[i].flops_step / out->sizes[i].patches_step);
    return LAB_OK;
}

lab_ladder_cell lab_ladder_at(const lab_ladder *ladder, int size, int64_t steps)
{
    const lab_ladder_size *at = &ladder->sizes[size];
    return (lab_ladder_cell){.size = size,
                             .steps = steps,
                             .n = at->n,
                             .d = (double)steps * at->patches_step,
                             .compute = (double)steps * at->flops_step};
}
