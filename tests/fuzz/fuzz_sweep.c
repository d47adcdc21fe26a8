/* Side: harness. A sweep file, with the expressions that it holds: whatever is accepted gives cells
 * that are valid, all different, and read back to themselves. */
#include "fuzz.h"
#include "sweep/sweep.h"
#include <string.h>

static lab_status find(void *context, const char *name, char *hex, lab_error *err)
{
    (void)context;
    (void)err;
    (void)snprintf(hex, 65, "%s", lab_sha256_of(name, (isize)strlen(name)).hex);
    return LAB_OK;
}

static lab_status plan(void *context, const lab_config *config, lab_plan *out, lab_error *err)
{
    int64_t width = lab_config_int(config, LAB_KEY_model_width);
    (void)context;
    (void)err;
    *out = (lab_plan){width * width * 48, width * width * 60, 49, width * 1000, width * 64000};
    return LAB_OK;
}

/* The first cells stand for all: reading thousands back only takes time. */
static void check(const lab_sweep *sweep)
{
    for (isize i = 0; i < sweep->count && i < 64; i++) {
        lab_config again;
        lab_yaml *yaml = NULL;
        lab_error err;
        lab_text text = {0};
        lab_config_text(&sweep->cells[i].config, &text);
        if (lab_yaml_parse(&yaml, "again", lab_text_of(&text), text.length, &err) != LAB_OK)
            abort();
        lab_config_init(&again);
        if (lab_config_read(&again, lab_yaml_root(yaml), &err) != LAB_OK ||
            lab_config_check(&again, &err) != LAB_OK ||
            strcmp(lab_config_hash(&again).hex, sweep->cells[i].hash.hex) != 0)
            abort();
        for (isize j = 0; j < i; j++)
            if (strcmp(sweep->cells[j].hash.hex, sweep->cells[i].hash.hex) == 0) abort();
        lab_yaml_close(&yaml);
        lab_text_finish(&text);
    }
}

/* Numbers of more than two digits only make the sweep larger. */
static int is_small(const uint8_t *data, size_t size)
{
    int digits = 0;
    for (size_t i = 0; i < size; i++) {
        digits = data[i] >= '0' && data[i] <= '9' ? digits + 1 : 0;
        if (digits > 2) return 0;
    }
    return size < 2000;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    lab_sweep sweep;
    lab_error err;
    if (!is_small(data, size)) return 0;
    if (lab_sweep_read(&sweep, fuzz_file(0, data, size), NULL, 0,
                       (lab_data_source){find, NULL, plan}, &err) == LAB_OK)
        check(&sweep);
    lab_sweep_finish(&sweep);
    return 0;
}
