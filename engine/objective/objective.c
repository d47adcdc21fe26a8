#include "objective/objective.h"
#include "objective/target.h"
#include <string.h>

#define ENTRY(name, help) &vt_objective_##name,
static const vt_objective *const table[] = {WIRE_OBJECTIVES(ENTRY)};
#undef ENTRY

const vt_objective *vt_objective_of(const vt_config *config)
{
    const vt_objective *found = NULL; /* as the name is one of the choices, there is one */
    for (size_t i = 0; i < sizeof table / sizeof *table; i++)
        if (vt_config_is(config->objective_name, table[i]->name)) found = table[i];
    VT_ASSERT(found);
    return found;
}

vt_crops vt_objective_crops(const vt_config *config)
{
    const vt_objective *objective = vt_objective_of(config);
    return objective->crops ? objective->crops(config) : (vt_crops){.whole = 1};
}

isize vt_objective_values(const vt_config *config)
{
    vt_crops crops = vt_objective_crops(config);
    isize whole = (isize)(config->data_image_px * config->data_image_px);
    isize small = (isize)crops.small_px * crops.small_px;
    return (isize)config->data_channels * (crops.whole * whole + crops.small * small);
}

isize vt_objective_crop_at(const vt_config *config, int crop, isize image)
{
    vt_crops crops = vt_objective_crops(config);
    isize channels = config->data_channels, batch = config->optim_batch_images;
    isize whole = channels * config->data_image_px * config->data_image_px;
    isize small = channels * crops.small_px * crops.small_px;
    if (crop < crops.whole) return (batch * crop + image) * whole;
    return batch * crops.whole * whole + (batch * (crop - crops.whole) + image) * small;
}

vt_status vt_objective_check(const vt_config *config, vt_error *err)
{
    const vt_objective *objective = vt_objective_of(config);
    vt_trunk_shape trunk = vt_objective_trunk(config);
    if (vt_config_is(config->task, "probe")) return VT_OK; /* reads its trunk alone */
    if (config->eval_chunks > 0 && !objective->ordered)
        return vt_fail(err, VT_ERR_CONFIG, "eval.chunks: %s predicts in no order; leave it at 0",
                       objective->name);
    if (config->eval_chunks > vt_trunk_tokens(&trunk) - 1)
        return vt_fail(err, VT_ERR_CONFIG, "eval.chunks: %jd is more than the %td targets",
                       (intmax_t)config->eval_chunks, vt_trunk_tokens(&trunk) - 1);
    if (!objective->targets && vt_target_of(config).coded)
        return vt_fail(err, VT_ERR_CONFIG, "target.kind: %s predicts no codes; leave it at pixels",
                       objective->name);
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

vt_decoder_kind vt_objective_head_kind(const vt_config *config)
{
    if (vt_config_is(config->head_kind, "none")) return VT_DECODER_NONE;
    return vt_config_is(config->head_kind, "transformer") ? VT_DECODER_TRANSFORMER : VT_DECODER_MLP;
}

vt_status vt_objective_check_head(const vt_config *config, vt_decoder_kind kind, vt_error *err)
{
    if (kind != VT_DECODER_MLP && config->head_norm_skip)
        return vt_fail(err, VT_ERR_CONFIG, "head.norm_skip: of a head of MLPs; leave it at false");
    if (kind != VT_DECODER_TRANSFORMER) return VT_OK;
    if (config->head_width % config->head_heads != 0)
        return vt_fail(err, VT_ERR_CONFIG, "head.heads: %jd does not divide head.width: %jd",
                       (intmax_t)config->head_heads, (intmax_t)config->head_width);
    if (config->head_depth < 1)
        return vt_fail(err, VT_ERR_CONFIG, "head.depth: a transformer has one block or more");
    return VT_OK;
}

vt_cost vt_objective_trunk_cost(const vt_trunk_shape *shape)
{
    vt_params params = {0};
    vt_arena counting = {0};
    vt_pass whole = {.B = 1, .T = vt_trunk_tokens(shape)};
    vt_trunk trunk = vt_trunk_plan(shape, &params, &counting);
    return (vt_cost){.params_trunk = params.numbers,
                     .tokens = vt_trunk_patches(shape),
                     .flops_trunk = vt_trunk_flops_forward(&trunk, &whole)};
}
