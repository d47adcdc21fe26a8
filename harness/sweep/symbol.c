#include "sweep/symbol.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const costs[] = {
    "params_trunk",   "params_total",     "tokens",      "flops_image", "flops_step",
    "flops_per_step", "patches_per_step", "flops_total", "images",      "patches"};

/* Keys that leave sizes and FLOPs of a step alone. A key that is not named here is taken to
 * matter: at worst the engine is asked once more. */
static const lab_key_id costless[] = {LAB_KEY_seed,
                                      LAB_KEY_data_sha256,
                                      LAB_KEY_data_crop_min,
                                      LAB_KEY_data_flip,
                                      LAB_KEY_optim_steps,
                                      LAB_KEY_optim_lr_peak,
                                      LAB_KEY_optim_lr_start,
                                      LAB_KEY_optim_lr_final,
                                      LAB_KEY_optim_warmup,
                                      LAB_KEY_optim_beta1,
                                      LAB_KEY_optim_beta2,
                                      LAB_KEY_optim_eps,
                                      LAB_KEY_optim_weight_decay,
                                      LAB_KEY_optim_weight_decay_growth,
                                      LAB_KEY_optim_clip_norm,
                                      LAB_KEY_optim_clip_each,
                                      LAB_KEY_train_log_every,
                                      LAB_KEY_train_eval_every,
                                      LAB_KEY_train_checkpoint_every,
                                      LAB_KEY_eval_images};

lab_symbol lab_symbol_find(const lab_sweep *sweep, const char *name)
{
    lab_key_id key = lab_key_find(name);
    if (key != LAB_KEY_NONE) return (lab_symbol)key;
    for (int i = 0; i < sweep->var_count; i++)
        if (strcmp(sweep->vars[i], name) == 0) return LAB_SYMBOL_VAR + i;
    for (int i = 0; i < LAB_SYMBOL_COUNT - LAB_SYMBOL_COST; i++)
        if (strcmp(costs[i], name) == 0) return LAB_SYMBOL_COST + i;
    return LAB_SYMBOL_NONE;
}

const char *lab_symbol_name(const lab_sweep *sweep, lab_symbol symbol)
{
    if (symbol < LAB_SYMBOL_VAR) return lab_key_at((lab_key_id)symbol)->name;
    if (symbol < LAB_SYMBOL_COST) return sweep->vars[symbol - LAB_SYMBOL_VAR];
    return costs[symbol - LAB_SYMBOL_COST];
}

lab_nearest lab_symbol_nearest(const lab_sweep *sweep, const char *name)
{
    lab_nearest nearest = lab_nearest_to(name);
    const char *key = lab_key_nearest(name);
    if (key) lab_nearest_offer(&nearest, key);
    for (lab_symbol i = LAB_SYMBOL_VAR; i < LAB_SYMBOL_COUNT; i++)
        if (i >= LAB_SYMBOL_COST || i - LAB_SYMBOL_VAR < sweep->var_count)
            lab_nearest_offer(&nearest, lab_symbol_name(sweep, i));
    /* A key without its section is near only in the eyes of lab_key_nearest. */
    if (!*nearest.name && key) (void)snprintf(nearest.name, sizeof nearest.name, "%s", key);
    return nearest;
}

bool lab_symbol_is_shape(lab_symbol symbol)
{
    for (size_t i = 0; i < sizeof costless / sizeof *costless; i++)
        if (symbol == (lab_symbol)costless[i]) return false;
    return symbol < LAB_SYMBOL_VAR;
}

void lab_symbol_shape(const lab_config *config, lab_text *text)
{
    const char *trunk = lab_config_value(config, LAB_KEY_probe_trunk);
    for (int k = 0; k < LAB_KEY_COUNT; k++) {
        if (!lab_symbol_is_shape(k) || !lab_config_has(config, (lab_key_id)k)) continue;
        bool run = k == LAB_KEY_probe_trunk && strlen(trunk) == 64; /* one costs as any other */
        lab_text_add(text, "%s\n", run ? "run" : config->values[k].text);
    }
}

bool lab_symbol_is_words(lab_key_id key)
{
    lab_key_type type = lab_key_at(key)->type;
    return type != LAB_TYPE_INT && type != LAB_TYPE_REAL && type != LAB_TYPE_FLAG;
}

static lab_operand key_value(const lab_config *config, lab_key_id id)
{
    const char *text = lab_config_value(config, id);
    lab_key_type type = lab_key_at(id)->type;
    if (type == LAB_TYPE_INT || type == LAB_TYPE_REAL) return (lab_operand){strtod(text, NULL), 0};
    if (type == LAB_TYPE_FLAG) return (lab_operand){strcmp(text, "true") == 0, NULL};
    return (lab_operand){0, strcmp(text, "\"\"") == 0 ? "" : text};
}

lab_operand lab_symbol_value(const lab_draft *draft, const lab_plan *plan, lab_symbol symbol)
{
    if (symbol < LAB_SYMBOL_VAR) return key_value(&draft->config, (lab_key_id)symbol);
    if (symbol < LAB_SYMBOL_COST) return (lab_operand){draft->vars[symbol - LAB_SYMBOL_VAR], NULL};
    double batch = (double)lab_config_int(&draft->config, LAB_KEY_optim_batch_images);
    double steps = (double)lab_config_int(&draft->config, LAB_KEY_optim_steps);
    double number = 0;
    switch (symbol) {
    case LAB_COST_PARAMS_TRUNK:
        number = (double)plan->params_trunk;
        break;
    case LAB_COST_PARAMS_TOTAL:
        number = (double)plan->params_total;
        break;
    case LAB_COST_TOKENS:
        number = (double)plan->tokens;
        break;
    case LAB_COST_FLOPS_IMAGE:
        number = (double)plan->flops_image;
        break;
    case LAB_COST_PATCHES_PER_STEP:
        number = (double)plan->tokens * batch;
        break;
    case LAB_COST_FLOPS_TOTAL:
        number = (double)plan->flops_step * steps;
        break;
    case LAB_COST_IMAGES:
        number = batch * steps;
        break;
    case LAB_COST_PATCHES:
        number = (double)plan->tokens * batch * steps;
        break;
    default: /* flops_step by both of its names */
        number = (double)plan->flops_step;
        break;
    }
    return (lab_operand){number, NULL};
}
