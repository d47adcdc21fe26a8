/* BEiT: a mask token stands for blocks of patches, whose codes a linear predicts (aim.md 9). The
 * trunk is the one of all objectives: fixed positions, no relative ones, no LayerScale. */
#include "objective/hiding.h"

static const vt_hiding_recipe recipe = {.blocks = 1, .coded = 1};

const vt_objective vt_objective_beit = {.name = "beit",
                                        .class_token = 1,
                                        .mask_token = 1,
                                        .recipe = &recipe,
                                        .metrics = vt_hiding_metrics_coded,
                                        VT_HIDING_FUNCTIONS};
