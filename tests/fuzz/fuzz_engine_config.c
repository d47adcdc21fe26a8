/* A resolved config that is accepted describes a model that can be counted without overflow. */
#include "config/config.h"
#include "fuzz.h"
#include "objective/aim.h"
#include <string.h>

static void check(const vt_config *config)
{
    int probe = strcmp(config->task, "probe") == 0;
    vt_aim_shape shape = vt_aim_shape_of(config);
    if (probe) {
        shape.head_width = 4;
        if (config->probe_lrs.count < 1 || config->probe_weight_decays.count < 1) abort();
    }
    if (strlen(config->hash) != 64 || strlen(config->data_name) >= WIRE_TEXT_MAX) abort();
    if (shape.trunk.depth > 64 || shape.head_depth > 64) return; /* costs time, shows nothing new */
    vt_cost cost = vt_aim_cost_of(&shape);
    if (cost.params_trunk < 1 || cost.tokens < 4 || cost.flops_train < cost.flops_forward) abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    vt_error err;
    vt_config config;
    vt_status status = vt_config_parse(&config, (const char *)data, (isize)size, &err);
    if (status == VT_OK)
        check(&config);
    else if (status != VT_ERR_CONFIG || strlen(err.text) == 0)
        abort();
    return 0;
}
