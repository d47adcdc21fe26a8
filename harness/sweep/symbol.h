/* sweep/symbol.h - the names that a sweep file's expressions may use: keys of the config, the
 * file's own vars, and the costs that the engine plans. */
#ifndef LAB_SYMBOL_H
#define LAB_SYMBOL_H
#include "base/nearest.h"
#include "sweep/sweep.h"

/* Keys come first, by their id; then vars; then costs. */
typedef int lab_symbol;
enum {
    LAB_SYMBOL_NONE = -1,
    LAB_SYMBOL_VAR = LAB_KEY_COUNT,
    LAB_SYMBOL_COST = LAB_SYMBOL_VAR + LAB_SWEEP_VARS_MAX, /* of the shape alone */
    LAB_COST_PARAMS_TRUNK = LAB_SYMBOL_COST,
    LAB_COST_PARAMS_TOTAL,
    LAB_COST_TOKENS,
    LAB_COST_FLOPS_IMAGE,
    LAB_COST_FLOPS_STEP,
    LAB_COST_FLOPS_PER_STEP,
    LAB_COST_PATCHES_PER_STEP,
    LAB_SYMBOL_TOTAL, /* of the number of steps, too */
    LAB_COST_FLOPS_TOTAL = LAB_SYMBOL_TOTAL,
    LAB_COST_IMAGES,
    LAB_COST_PATCHES,
    LAB_SYMBOL_COUNT
};

/* A cell while it is made. */
typedef struct {
    lab_config config;
    double vars[LAB_SWEEP_VARS_MAX];
} lab_draft;

/* A number, or where text is not NULL that text. */
typedef struct {
    double number;
    const char *text;
} lab_operand;

lab_symbol lab_symbol_find(const lab_sweep *sweep, const char *name); /* NONE: unknown */
const char *lab_symbol_name(const lab_sweep *sweep, lab_symbol symbol);
/* The name that a mistyped one most likely means, if any. */
lab_nearest lab_symbol_nearest(const lab_sweep *sweep, const char *name);
/* A key that the engine's plan of a config may depend on. */
bool lab_symbol_is_shape(lab_symbol symbol);
bool lab_symbol_is_words(lab_key_id key); /* its values are texts, and no numbers */
/* Appends what that plan may depend on: configs of equal text differ in totals at most, by their
 * numbers of steps. */
void lab_symbol_shape(const lab_config *config, lab_text *text);
/* plan is looked at for costs alone. */
lab_operand lab_symbol_value(const lab_draft *draft, const lab_plan *plan, lab_symbol symbol);
#endif
