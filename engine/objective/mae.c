/* MAE: a random 75 % of the patches are dropped; the trunk encodes the others and a class token,
 * and a transformer with mask tokens predicts those dropped (aim.md 9). */
#include "objective/hiding.h"

static const vt_hiding_recipe recipe = {.drops = 1};

const vt_objective vt_objective_mae = {.name = "mae",
                                       .class_token = 1,
                                       .recipe = &recipe,
                                       .metrics = vt_hiding_metrics,
                                       VT_HIDING_FUNCTIONS};
