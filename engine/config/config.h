/* config/config.h - a resolved config, as the engine reads it.
 *
 * The text is what wire/keys.h describes: the harness resolves, checks and sorts; the engine checks
 * keys, their order, values and fit again. The hash of the text names the run.
 */
#ifndef VT_CONFIG_H
#define VT_CONFIG_H
#include "base/hash.h"
#include "wire/keys.h"

typedef struct {
    double value[WIRE_REALS_MAX];
    int count;
} vt_reals;

typedef int64_t vt_field_INT;
typedef double vt_field_REAL;
typedef int vt_field_FLAG;
typedef char vt_field_TEXT[WIRE_TEXT_MAX];
typedef char vt_field_CHOICE[WIRE_TEXT_MAX];
typedef vt_reals vt_field_REALS;

#define VT_CONFIG_FIELD(type, field, name, task, unit, initial, min, max, choices, help)           \
    vt_field_##type field;
typedef struct {
    WIRE_KEYS(VT_CONFIG_FIELD)
    char hash[VT_SHA256_HEX]; /* of the text */
} vt_config;
#undef VT_CONFIG_FIELD

/* text: [bytes], not NUL-terminated. VT_ERR_CONFIG names line, key and cure: unknown key, key of
 * another task, missing key, stated default of an optional key, value that does not parse or is out
 * of range, or values that do not fit one another. */
VT_CHECKED vt_status vt_config_parse(vt_config *out, const char *text, isize bytes, vt_error *err);
VT_CHECKED vt_status vt_config_read(vt_config *out, const char *path, vt_error *err);

int vt_config_is(const char *choice, const char *name); /* 1: a CHOICE has this value */
int vt_config_bf16(const vt_config *config);            /* 1: products in bf16 */
/* Every key of the task ("pretrain" or "probe") at its default; hash is empty. */
vt_config vt_config_default(const char *task);
#endif
