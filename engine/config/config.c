#include "config/config.h"
#include "base/file.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>

typedef enum { INT, REAL, FLAG, TEXT, CHOICE, REALS } key_type;

typedef struct {
    const char *name, *choices, *initial;
    key_type type;
    int task;
    double min, max;
    size_t at, bytes; /* of the field in vt_config */
} key;

#define KEY(type, field, name, task, unit, initial, min, max, choices, help)                       \
    {name,                                                                                         \
     choices,                                                                                      \
     initial,                                                                                      \
     type,                                                                                         \
     WIRE_##task,                                                                                  \
     min,                                                                                          \
     max,                                                                                          \
     offsetof(vt_config, field),                                                                   \
     sizeof(vt_field_##type)},
static const key keys[] = {WIRE_KEYS(KEY)};
#undef KEY
enum { KEY_COUNT = sizeof keys / sizeof *keys, LINE_BYTES = 1024 };

typedef struct {
    const key *key;
    const char *value; /* NUL-terminated, within the line */
    int line;
    vt_error *err;
} place;

static vt_status refuse(const place *at, const char *why)
{
    return vt_fail(at->err, VT_ERR_CONFIG, "line %d: %s: \"%.60s\" %s", at->line, at->key->name,
                   at->value, why);
}

static vt_status parse_int(const place *at, int64_t *out)
{
    char *end = NULL;
    errno = 0;
    long long value = strtoll(at->value, &end, 10);
    const char *first = at->value + (*at->value == '-');
    int canonical = *first >= '1' && *first <= '9' ? 1 : strcmp(at->value, "0") == 0;
    if (!canonical || *end || errno) return refuse(at, "is not an integer");
    if ((double)value < at->key->min || (double)value > at->key->max)
        return refuse(at, "is out of range; patchlaw keys prints the bounds");
    *out = value;
    return VT_OK;
}

static vt_status parse_real(const place *at, const char *text, char **end, double *out)
{
    errno = 0;
    *out = strtod(text, end);
    /* strtod knows more spellings than a config: spaces, signs, hexadecimal, nan. */
    isize plain = (isize)strspn(text, "0123456789.e+-");
    if (*end == text || *end - text > plain || *text == '+' || errno == ERANGE)
        return refuse(at, "is not a number");
    if (*out == 0) *out = 0; /* no -0: as bytes it would be another value */
    if (!(*out >= at->key->min && *out <= at->key->max))
        return refuse(at, "is out of range; patchlaw keys prints the bounds");
    return VT_OK;
}

static vt_status parse_reals(const place *at, vt_reals *out)
{
    const char *text = at->value;
    memset(out, 0, sizeof *out); /* padding, too: values are compared as bytes */
    if (*text++ != '[') return refuse(at, "is not a list such as [0.001, 0.003]");
    for (;;) {
        char *end = NULL;
        if (out->count == WIRE_REALS_MAX) return refuse(at, "has too many values");
        vt_status status = parse_real(at, text, &end, &out->value[out->count]);
        if (status != VT_OK) return status;
        out->count++;
        text = end;
        if (strcmp(text, "]") == 0) return VT_OK;
        if (*text++ != ',') return refuse(at, "is not a list such as [0.001, 0.003]");
        text += *text == ' ';
    }
}

static vt_status parse_text(const place *at, char *out)
{
    const char *text = strcmp(at->value, "\"\"") == 0 ? "" : at->value;
    static const char allowed[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._/-";
    size_t bytes = strlen(text);
    if (bytes >= WIRE_TEXT_MAX) return refuse(at, "is too long");
    if (strspn(text, allowed) != bytes)
        return refuse(at, "holds more than letters, digits and . _ / -");
    memcpy(out, text, bytes + 1);
    return VT_OK;
}

static vt_status parse_choice(const place *at, char *out)
{
    const char *choice = at->key->choices;
    size_t bytes = strlen(at->value);
    while (bytes > 0 && bytes < WIRE_TEXT_MAX) {
        size_t length = strcspn(choice, "|");
        if (length == bytes && memcmp(choice, at->value, bytes) == 0) {
            memcpy(out, at->value, bytes + 1);
            return VT_OK;
        }
        if (!choice[length]) break;
        choice += length + 1;
    }
    return vt_fail(at->err, VT_ERR_CONFIG, "line %d: %s: \"%.60s\" is none of %s", at->line,
                   at->key->name, at->value, at->key->choices);
}

static vt_status parse_value(const place *at, vt_config *config)
{
    void *field = (char *)config + at->key->at;
    char *end = NULL;
    vt_status status = VT_OK;
    switch (at->key->type) {
    case INT:
        return parse_int(at, field);
    case REAL:
        status = parse_real(at, at->value, &end, field);
        return status == VT_OK && *end ? refuse(at, "is not a number") : status;
    case FLAG:
        if (strcmp(at->value, "true") != 0 && strcmp(at->value, "false") != 0)
            return refuse(at, "is neither true nor false");
        *(int *)field = *at->value == 't';
        return VT_OK;
    case TEXT:
        return parse_text(at, field);
    case CHOICE:
        return parse_choice(at, field);
    case REALS:
        return parse_reals(at, field);
    }
    return VT_OK;
}

static int task_of(const vt_config *config)
{
    return strcmp(config->task, "probe") == 0 ? WIRE_PROBE : WIRE_PRETRAIN;
}

#define REQUIRE(condition, ...)                                                                    \
    do {                                                                                           \
        if (!(condition)) return vt_fail(err, VT_ERR_CONFIG, __VA_ARGS__);                         \
    } while (0)

/* That a head predicts of a patch. */
static double values_of(const vt_config *c)
{
    double pixels = (double)(c->data_channels * c->model_patch_px * c->model_patch_px);
    int coded = task_of(c) == WIRE_PRETRAIN && !vt_config_is(c->target_kind, "pixels");
    return coded ? pixels + (double)c->target_codes : pixels;
}

/* About how many numbers the activations of a shard are: enough to tell what no machine holds from
 * what can be planned without overflow. */
static double activations(const vt_config *c)
{
    int pretrain = task_of(c) == WIRE_PRETRAIN;
    double side = (double)(c->data_image_px / c->model_patch_px), tokens = side * side;
    double images = pretrain ? (double)c->optim_batch_images / (double)c->train_shards + 1
                             : (double)c->probe_batch_images;
    double width = (double)(c->model_width > c->head_width ? c->model_width : c->head_width);
    double pixels = (double)(c->data_channels * c->model_patch_px * c->model_patch_px);
    double token = 16 * width + (double)c->model_heads + 4 * values_of(c);
    double batch = (double)(pretrain ? c->optim_batch_images : c->probe_batch_images);
    return images * tokens * token * (double)(c->model_depth + c->head_depth + 1) +
           batch * tokens * pixels;
}

/* An upper bound of a run's cost, in double precision so that it cannot overflow. */
static double total_flops(const vt_config *c)
{
    double side = (double)c->data_image_px / (double)c->model_patch_px, T = side * side;
    double C = (double)c->model_width, L = (double)c->model_depth, W = (double)c->head_width;
    double P = (double)(c->data_channels * c->model_patch_px * c->model_patch_px);
    double forward = 2 * T * (P * C + L * (12 * C * C + 2 * T * C)) +
                     2 * T * (C * W + (double)c->head_depth * 8 * W * W + W * values_of(c));
    if (task_of(c) == WIRE_PRETRAIN)
        return 3 * forward * (double)c->optim_steps * (double)c->optim_batch_images;
    double grid = (double)c->probe_lrs.count * (double)c->probe_weight_decays.count;
    if (strcmp(c->tune_method, "frozen") != 0)
        return 4 * forward * (double)c->tune_lrs.count * (double)c->probe_epochs * 1e8;
    double heads = (L + 1) * grid * (8 * T * C * (double)c->model_heads + 6 * C * C + 1e4 * C);
    return (forward + heads) * (double)c->probe_epochs * 1e8; /* more images than data sets hold */
}

/* What no single key can tell. */
static vt_status check_fit(const vt_config *c, vt_error *err)
{
    REQUIRE(c->data_channels != 2, "data.channels: 2 is neither 1 (grey) nor 3 (RGB)");
    REQUIRE(c->data_image_px % c->model_patch_px == 0,
            "model.patch_px: %jd does not divide data.image_px: %jd", (intmax_t)c->model_patch_px,
            (intmax_t)c->data_image_px);
    REQUIRE(c->data_image_px / c->model_patch_px >= 2,
            "model.patch_px: %jd leaves one patch; make it smaller", (intmax_t)c->model_patch_px);
    REQUIRE(c->model_width % 4 == 0, "model.width: %jd is not a multiple of 4",
            (intmax_t)c->model_width);
    REQUIRE(c->model_width % c->model_heads == 0,
            "model.heads: %jd does not divide model.width: %jd", (intmax_t)c->model_heads,
            (intmax_t)c->model_width);
    REQUIRE(total_flops(c) < 0x1p62,
            "%s: the whole run's FLOPs do not fit a 64-bit number; make it smaller",
            task_of(c) == WIRE_PRETRAIN ? "optim.steps" : "probe.epochs");
    if (task_of(c) == WIRE_PRETRAIN) {
        REQUIRE(!c->target_norm_pix || c->data_channels * c->model_patch_px * c->model_patch_px > 1,
                "model.patch_px: a patch of one value is nothing once normalised; make it larger, "
                "or target.norm_pix false");
        REQUIRE(c->head_width % 4 == 0, "head.width: %jd is not a multiple of 4",
                (intmax_t)c->head_width);
        REQUIRE(c->train_shards <= c->optim_batch_images,
                "train.shards: %jd is more than optim.batch_images: %jd", (intmax_t)c->train_shards,
                (intmax_t)c->optim_batch_images);
        REQUIRE(c->train_sums <= c->train_shards, "train.sums: %jd is more than train.shards: %jd",
                (intmax_t)c->train_sums, (intmax_t)c->train_shards);
    } else {
        REQUIRE(c->train_shards <= c->probe_batch_images,
                "train.shards: %jd is more than probe.batch_images: %jd", (intmax_t)c->train_shards,
                (intmax_t)c->probe_batch_images);
        REQUIRE(strcmp(c->tune_method, "frozen") == 0 || strcmp(c->probe_trunk, "pixels") != 0,
                "tune.method: %s wants a trunk, and probe.trunk: pixels is none", c->tune_method);
    }
    REQUIRE(activations(c) < 0x1p44,
            "about %.1e numbers for a step: no memory holds them; make the images, the model or "
            "the batch smaller",
            activations(c));
    return VT_OK;
}

static const key *find(const char *name, size_t bytes)
{
    for (int i = 0; i < KEY_COUNT; i++)
        if (strlen(keys[i].name) == bytes && memcmp(keys[i].name, name, bytes) == 0)
            return &keys[i];
    return NULL;
}

static vt_status parse_line(vt_config *config, char *line, int number, unsigned char *seen,
                            const key **before, vt_error *err)
{
    char *colon = strstr(line, ": ");
    if (!colon) return vt_fail(err, VT_ERR_CONFIG, "line %d: not \"key: value\"", number);
    const key *found = find(line, (size_t)(colon - line));
    if (!found) return vt_fail(err, VT_ERR_CONFIG, "line %d: unknown key %.60s", number, line);
    place at = {.key = found, .value = colon + 2, .line = number, .err = err};
    if (seen[found - keys]++) return refuse(&at, "comes twice");
    if (*before && strcmp((*before)->name, found->name) > 0)
        return refuse(&at, "is out of order: keys are sorted by name");
    *before = found;
    unsigned char initial[sizeof(vt_reals) + WIRE_TEXT_MAX]; /* holds a field of any type */
    memcpy(initial, (char *)config + found->at, found->bytes);
    vt_status status = parse_value(&at, config);
    if (status == VT_OK && found->task & WIRE_OPTIONAL &&
        memcmp((char *)config + found->at, initial, found->bytes) == 0)
        return refuse(&at, "is the default: a resolved config has no line of it");
    return status;
}

/* Optional keys are their defaults until a line tells another value. */
static vt_status parse_defaults(vt_config *config, vt_error *err)
{
    vt_status status = VT_OK;
    *config = (vt_config){0};
    for (int i = 0; status == VT_OK && i < KEY_COUNT; i++) {
        place at = {.key = &keys[i], .value = keys[i].initial, .err = err};
        if (keys[i].task & WIRE_OPTIONAL) status = parse_value(&at, config);
    }
    return status;
}

vt_status vt_config_parse(vt_config *out, const char *text, isize bytes, vt_error *err)
{
    unsigned char seen[KEY_COUNT] = {0};
    const key *before = NULL;
    char line[LINE_BYTES];
    int number = 0;
    vt_status status = parse_defaults(out, err);
    for (isize at = 0; status == VT_OK && at < bytes;) {
        const char *from = text + at, *end = memchr(from, '\n', (size_t)(bytes - at));
        number++;
        if (!end) return vt_fail(err, VT_ERR_CONFIG, "line %d: does not end", number);
        isize length = end - from;
        if (memchr(from, '\0', (size_t)length))
            return vt_fail(err, VT_ERR_CONFIG, "line %d: holds a NUL", number);
        if (length >= LINE_BYTES) return vt_fail(err, VT_ERR_CONFIG, "line %d: too long", number);
        memcpy(line, from, (size_t)length);
        line[length] = '\0';
        status = parse_line(out, line, number, seen, &before, err);
        at += length + 1;
    }
    if (status != VT_OK) return status;
    int task = task_of(out);
    for (int i = 0; i < KEY_COUNT; i++) {
        int wanted = (keys[i].task & task) != 0;
        if (wanted == (seen[i] != 0) || (wanted && keys[i].task & WIRE_OPTIONAL)) continue;
        return vt_fail(err, VT_ERR_CONFIG,
                       wanted ? "%s: missing; a resolved config holds every key of its task"
                              : "%s: not a key of this task",
                       keys[i].name);
    }
    status = check_fit(out, err);
    return status == VT_OK ? vt_sha256_of(text, bytes, out->hash, err) : status;
}

vt_status vt_config_read(vt_config *out, const char *path, vt_error *err)
{
    vt_map map;
    vt_status status = vt_map_open(&map, path, err);
    if (status != VT_OK) return status;
    status = vt_config_parse(out, (const char *)map.data, map.bytes, err);
    if (status != VT_OK) vt_error_context(err, "%s", path);
    vt_map_close(&map);
    return status;
}

int vt_config_is(const char *choice, const char *name)
{
    return strcmp(choice, name) == 0;
}

int vt_config_bf16(const vt_config *c)
{
    return vt_config_is(c->model_precision, "bf16");
}

vt_config vt_config_default(const char *task)
{
    vt_config config = {0};
    vt_error err;
    for (int i = 0; i < KEY_COUNT; i++) {
        place at = {.key = &keys[i], .value = keys[i].initial, .err = &err};
        vt_status status = parse_value(&at, &config);
        VT_ASSERT(status == VT_OK);
    }
    VT_ASSERT(strlen(task) < sizeof config.task);
    memcpy(config.task, task, strlen(task) + 1);
    return config;
}
