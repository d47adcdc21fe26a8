/* iBOT (Zhou and others, 2022): DINO, and masked patches by the same head. */
#include "objective/blockwise.h"
#include "objective/distil.h"

static const vt_distil_recipe recipe = {.patches = 1};
static const char *const losses[] = {"loss_class", "loss_patch", NULL};
static const char *const metrics[] = {VT_DISTIL_METRICS, VT_DISTIL_PATCH_METRICS, NULL};

/* Of each whole crop, nothing is masked or, as likely, a share uniform in 0.3 +- 0.2. */
static void draw(const vt_config *config, int32_t *masked, vt_rng rng, isize slot)
{
    vt_distil_shape shape = vt_distil_shape_of(config);
    isize side = shape.trunk.image_px / shape.trunk.patch_px, third = side / 3;
    vt_blockwise_shape blocks = {
        .side = side, .least = third > 1 ? third * third : 1, .most = shape.patches};
    const double least = VT_DISTIL_MASK_LEAST, most = VT_DISTIL_MASK_MOST;
    (void)slot;
    for (int crop = 0; crop < VT_DISTIL_WHOLE; crop++) {
        int masks = vt_rng_unit(&rng) < 0.5;
        double share = least + (most - least) * vt_rng_unit(&rng);
        isize wanted = masks ? (isize)(share * (double)shape.patches) : 0;
        (void)vt_blockwise(masked + crop * shape.patches, &blocks, wanted, &rng);
    }
}

const vt_objective vt_objective_ibot = {.name = "ibot",
                                        .mask_token = 1,
                                        .recipe = &recipe,
                                        .losses = losses,
                                        .metrics = metrics,
                                        .draw = draw,
                                        VT_DISTIL_FUNCTIONS};
