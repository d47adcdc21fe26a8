#include "core_fixture.h"
#include "check.h"
#include "data/import.h"
#include "ops/gemm.h"
#include "ops/kernels.h"
#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

double core_bound(double single_precision, double double_precision)
{
    return sizeof(vt_real) == sizeof(float) ? single_precision : double_precision;
}

void core_fill(vt_real *out, isize count, uint64_t seed)
{
    vt_rng rng = vt_rng_at(seed, VT_RNG_TEST, 0, 0);
    for (isize i = 0; i < count; i++) out[i] = (vt_real)vt_rng_normal(&rng);
}

double core_bf16(double x)
{
    int exponent = 0; /* x = f 2^exponent with f in [0.5, 1), of which 8 bits stay */
    double f = frexp(x, &exponent);
    return ldexp(nearbyint(ldexp(f, 8)), exponent - 8);
}

double core_wide(vt_bf16 x)
{
    uint32_t bits = (uint32_t)x << 16;
    float number = 0;
    memcpy(&number, &bits, sizeof number);
    return (double)number;
}

int core_same(const vt_real *a, const vt_real *b, isize count)
{
    return memcmp(a, b, (size_t)count * sizeof *a) == 0;
}

void core_norm(double *y, const double *x, const vt_real *weight, const vt_real *bias, int count)
{
    double mean = 0, variance = 0;
    for (int c = 0; c < count; c++) mean += x[c] / count;
    for (int c = 0; c < count; c++) variance += (x[c] - mean) * (x[c] - mean) / count;
    for (int c = 0; c < count; c++)
        y[c] = (x[c] - mean) / sqrt(variance + 1e-6) * (double)weight[c] + (double)bias[c];
}

void core_product(double *y, const vt_real *w, const double *x, int rows, int cols)
{
    for (int o = 0; o < rows; o++)
        for (int i = 0; i < cols; i++) y[o] += (double)w[o * cols + i] * x[i];
}

const vt_real *core_named(const vt_params *params, const char *format, int l)
{
    char name[VT_PARAM_NAME];
    (void)snprintf(name, sizeof name, format, l);
    for (isize p = 0; p < params->count; p++)
        if (strcmp(params->info[p].name, name) == 0) return params->values + params->info[p].offset;
    CU_FAIL_FATAL("no such parameter");
    return NULL;
}

int core_aborts(void (*act)(void))
{
    int status = 0;
    (void)fflush(NULL);
    pid_t child = fork();
    if (child == 0) {
        if (!freopen("/dev/null", "w", stderr)) _exit(1);
        act();
        _exit(0);
    }
    return child > 0 && waitpid(child, &status, 0) == child && WIFSIGNALED(status) &&
           WTERMSIG(status) == SIGABRT;
}

/* ---- configs ---- */

typedef struct {
    const char *name, *initial;
    int task;
} line;

static int by_name(const void *a, const void *b)
{
    return strcmp(((const line *)a)->name, ((const line *)b)->name);
}

isize core_config_text(char text[CORE_TEXT], const char *task, const core_setting *settings)
{
#define LINE(type, field, name, of, unit, initial, min, max, choices, help)                        \
    {name, initial, WIRE_##of},
    line lines[] = {WIRE_KEYS(LINE)};
#undef LINE
    size_t count = sizeof lines / sizeof *lines;
    int wanted = strcmp(task, "probe") == 0 ? WIRE_PROBE : WIRE_PRETRAIN, used = 0;
    qsort(lines, count, sizeof *lines, by_name);
    for (size_t i = 0; i < count; i++) {
        const char *value = strcmp(lines[i].name, "task") == 0 ? task : lines[i].initial;
        if (!(lines[i].task & wanted)) continue;
        if (lines[i].task & WIRE_OPTIONAL) value = NULL; /* the default has no line */
        for (const core_setting *s = settings; s && s->key; s++)
            if (strcmp(s->key, lines[i].name) == 0) value = s->value;
        if (value)
            used +=
                snprintf(text + used, (size_t)(CORE_TEXT - used), "%s: %s\n", lines[i].name, value);
        CU_ASSERT_FATAL(used < CORE_TEXT);
    }
    return used;
}

vt_config core_config(const core_setting *settings)
{
    char text[CORE_TEXT];
    vt_config config;
    vt_error err = {0};
    core_setting all[32] = {
        {"data.image_px", "8"},    {"data.name", "waves"},   {"model.patch_px", "2"},
        {"model.width", "16"},     {"model.depth", "2"},     {"head.width", "16"},
        {"head.depth", "1"},       {"optim.steps", "60"},    {"optim.batch_images", "7"},
        {"optim.lr_peak", "0.01"}, {"optim.warmup", "0.1"},  {"train.shards", "5"},
        {"eval.images", "5"},      {"data.crop_min", "0.6"},
    };
    int used = 14;
    for (; settings && settings->key && used < 31; settings++) all[used++] = *settings;
    isize bytes = core_config_text(text, "pretrain", all);
    if (vt_config_parse(&config, text, bytes, &err) != VT_OK) CU_FAIL_FATAL("config refused");
    return config;
}

vt_aim_shape core_shape(void)
{
    return (vt_aim_shape){.trunk = {.image_px = 6,
                                    .patch_px = 2,
                                    .channels = 1,
                                    .width = 8,
                                    .depth = 2,
                                    .heads = 2,
                                    .norm_eps = 1e-6},
                          .head_width = 12,
                          .head_depth = 2,
                          .head_heads = 3,
                          .head_norm_skip = 0,
                          .norm_pix = 1};
}

void core_choose(char *key, const char *choice)
{
    memcpy(key, choice, strlen(choice) + 1);
}

vt_config core_shape_config(const vt_aim_shape *shape)
{
    vt_config c = vt_config_default("pretrain");
    c.data_image_px = shape->trunk.image_px;
    c.data_channels = shape->trunk.channels;
    c.model_patch_px = shape->trunk.patch_px;
    c.model_width = shape->trunk.width;
    c.model_depth = shape->trunk.depth;
    c.model_heads = shape->trunk.heads;
    c.model_norm_eps = shape->trunk.norm_eps;
    c.head_width = shape->head_width;
    c.head_depth = shape->head_depth;
    c.head_norm_skip = shape->head_norm_skip;
    c.head_heads = shape->head_heads;
    core_choose(c.head_kind, shape->head_kind == VT_DECODER_NONE          ? "none"
                             : shape->head_kind == VT_DECODER_TRANSFORMER ? "transformer"
                                                                          : "mlp");
    c.target_norm_pix = shape->norm_pix;
    if (shape->codes.vq.K > 0) {
        core_choose(c.target_kind, shape->codes.kind == VT_CODES_VQ ? "vq" : "kmeans");
        c.target_codes = shape->codes.vq.K;
    }
    return c;
}

/* ---- data ---- */

enum { TRAIN = 23, TEST = 6 };

static void write_split(const char *folder, const char *images, const char *labels, int count)
{
    static const double turn = 6.28318530717958647693;
    unsigned char bytes[16 + TRAIN * CORE_PX * CORE_PX] = {0, 0, 8, 3,       0, 0, 0, 0,
                                                           0, 0, 0, CORE_PX, 0, 0, 0, CORE_PX};
    unsigned char label[8 + TRAIN] = {0, 0, 8, 1};
    unsigned char *pixel = bytes + 16;
    bytes[7] = label[7] = (unsigned char)count;
    for (int i = 0; i < count; i++) {
        vt_rng rng = vt_rng_at((uint64_t)count, VT_RNG_TEST, 7, (uint64_t)i);
        double angle = turn * vt_rng_unit(&rng), start = turn * vt_rng_unit(&rng);
        label[8 + i] = (unsigned char)(i % 3);
        for (int y = 0; y < CORE_PX; y++)
            for (int x = 0; x < CORE_PX; x++)
                *pixel++ =
                    (unsigned char)(128 +
                                    100 * sin(start + 0.6 * (x * cos(angle) + y * sin(angle))));
    }
    fixture_write(folder, images, bytes, pixel - bytes);
    fixture_write(folder, labels, label, 8 + count);
}

void core_data_open(core_data *out)
{
    char data[FIXTURE_PATH], path[FIXTURE_PATH];
    vt_error err = {0};
    vt_import_report report;
    *out = (core_data){0};
    (void)vt_gemm_setup();
    vt_kernels_setup();
    fixture_folder(out->folder);
    write_split(out->folder, "train-images-idx3-ubyte", "train-labels-idx1-ubyte", TRAIN);
    write_split(out->folder, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte", TEST);
    fixture_path(data, out->folder, "data");
    fixture_path(path, out->folder, "data/waves");
    vt_import_options options = {.name = "waves", .data_folder = data, .path = out->folder};
    vt_status status = vt_import(&options, &report, &err);
    if (status == VT_OK) status = vt_dataset_open(&out->dataset, path, &err);
    if (status != VT_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT_EQUAL_FATAL(status, VT_OK);
}

void core_data_close(core_data *data)
{
    vt_dataset_close(&data->dataset);
    fixture_remove(data->folder);
}

/* ---- trainers ---- */

void core_trainer_open(vt_trainer *out, const vt_config *config, const core_data *data,
                       vt_pool *pool)
{
    vt_error err = {0};
    int readers = vt_pool_workers(pool) - 1; /* with one worker none, with more some */
    vt_status status = vt_trainer_open(out, config, data->dataset, pool, readers, &err);
    if (status != VT_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT_EQUAL_FATAL(status, VT_OK);
    vt_trainer_reset(out);
}

vt_step_result core_step(vt_trainer *trainer)
{
    vt_step_result result = {0};
    vt_error err = {0};
    CU_ASSERT_EQUAL(vt_trainer_step(trainer, &result, &err), VT_OK);
    return result;
}
