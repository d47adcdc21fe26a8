/* DINO (Caron and others, 2021): class tokens of different crops agree. */
#include "objective/distil.h"

static const vt_distil_recipe recipe = {0};
static const char *const losses[] = {"loss_class", NULL};
static const char *const metrics[] = {VT_DISTIL_METRICS, NULL};

const vt_objective vt_objective_dino = {
    .name = "dino", .recipe = &recipe, .losses = losses, .metrics = metrics, VT_DISTIL_FUNCTIONS};
