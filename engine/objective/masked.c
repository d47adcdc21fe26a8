/* AIM's masking baseline: trunk, head and target of AIM, but a mask token stands for random patches
 * and every token sees all others (aim.md 1.7). */
#include "objective/hiding.h"

static const vt_hiding_recipe recipe = {0};

const vt_objective vt_objective_masked = {.name = "masked",
                                          .mask_token = 1,
                                          .recipe = &recipe,
                                          .metrics = vt_hiding_metrics,
                                          VT_HIDING_FUNCTIONS};
