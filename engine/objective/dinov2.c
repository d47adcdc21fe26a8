/* DINOv2 (Oquab and others, 2024): iBOT with heads apart, targets by Sinkhorn-Knopp, and KoLeo. */
#include "objective/blockwise.h"
#include "objective/distil.h"

static const vt_distil_recipe recipe = {.patches = 1, .untied = 1, .sinkhorn = 1, .koleo = 1};
static const char *const losses[] = {"loss_class", "loss_patch", "koleo", NULL};
static const char *const metrics[] = {VT_DISTIL_METRICS, VT_DISTIL_PATCH_METRICS, "koleo", NULL};

/* Half of the batch's whole crops are masked, by shares that are spread evenly over [0.1, 0.5]: a
 * permutation of the step tells each crop its place. */
static void draw(const vt_config *config, int32_t *masked, vt_rng rng, isize slot)
{
    vt_distil_shape shape = vt_distil_shape_of(config);
    isize side = shape.trunk.image_px / shape.trunk.patch_px;
    vt_blockwise_shape blocks = {.side = side, .least = 4, .most = shape.patches / 2};
    isize crops = VT_DISTIL_WHOLE * config->optim_batch_images, chosen = crops / 2;
    const double least = VT_DISTIL_MASK_LEAST, most = VT_DISTIL_MASK_MOST;
    for (int crop = 0; crop < VT_DISTIL_WHOLE; crop++) {
        uint64_t place = vt_rng_permute(rng.seed, VT_RNG_MASK, rng.step, (uint64_t)crops,
                                        (uint64_t)(VT_DISTIL_WHOLE * slot + crop));
        double within = ((double)place + vt_rng_unit(&rng)) / (double)chosen;
        double share = least + (most - least) * within;
        isize wanted = place < (uint64_t)chosen ? (isize)(share * (double)shape.patches) : 0;
        (void)vt_blockwise(masked + crop * shape.patches, &blocks, wanted, &rng);
    }
}

const vt_objective vt_objective_dinov2 = {.name = "dinov2",
                                          .mask_token = 1,
                                          .recipe = &recipe,
                                          .losses = losses,
                                          .metrics = metrics,
                                          .draw = draw,
                                          VT_DISTIL_FUNCTIONS};
