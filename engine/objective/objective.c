#include "objective/objective.h"
#include <string.h>

#define ENTRY(name, help) &vt_objective_##name,
static const vt_objective *const table[] = {WIRE_OBJECTIVES(ENTRY)};
#undef ENTRY

const vt_objective *vt_objective_of(const vt_config *config)
{
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (vt_config_is(config->objective_name, table[i]->name)) return table[i];
    VT_ASSERT(!"objective.name is one of the choices");
    return NULL;
}

vt_views vt_objective_views(const vt_config *config)
{
    const vt_objective *objective = vt_objective_of(config);
    return objective->views ? objective->views(config) : (vt_views){.whole = 1};
}

isize vt_objective_values(const vt_config *config)
{
    vt_views views = vt_objective_views(config);
    isize whole = (isize)(config->data_image_px * config->data_image_px);
    isize small = (isize)views.small_px * views.small_px;
    return (isize)config->data_channels * (views.whole * whole + views.small * small);
}

vt_status vt_objective_check(const vt_config *config, vt_error *err)
{
    const vt_objective *objective = vt_objective_of(config);
    return objective->check ? objective->check(config, err) : VT_OK;
}

vt_trunk_shape vt_objective_trunk(const vt_config *config)
{
    const vt_objective *objective = vt_objective_of(config);
    return (vt_trunk_shape){.image_px = (int)config->data_image_px,
                            .patch_px = (int)config->model_patch_px,
                            .channels = (int)config->data_channels,
                            .width = (int)config->model_width,
                            .depth = (int)config->model_depth,
                            .heads = (int)config->model_heads,
                            .norm_eps = config->model_norm_eps,
                            .class_token = objective->class_token,
                            .mask_token = objective->mask_token};
}
