/* objective_case.h - a small config for each way of training a trunk: wanted by the unit tests
 * (float) and the gradient tests (double). Whoever adds an objective adds a line here.
 *
 * Images have 8 x 8 pixels in 16 patches, as those of core_data.
 */
#ifndef OBJECTIVE_CASE_H
#define OBJECTIVE_CASE_H
#include "base/rng.h"
#include "check.h"
#include "objective/target.h"
#include "train/learner.h"
#include <string.h>

enum { OBJECTIVE_BATCH = 7 };

/* Settings of a case beside its objective; CHOICEs that are NULL stay as they are. */
typedef struct {
    const char *what, *objective;
    const char *head, *target, *order, *attention;
    double mask_ratio;
    int moving; /* 1: targets begin alike and part as they are learnt, so that a loss may grow */
    void (*set)(vt_config *config); /* of keys of its own, or NULL */
} objective_case;

static inline void objective_case_choose(char *key, const char *choice)
{
    if (choice) memcpy(key, choice, strlen(choice) + 1);
}

/* Few prototypes, and neither frozen nor in a hurry: what is tested is the rest. */
static inline void objective_case_distil(vt_config *config)
{
    config->data_small_crops = 2;
    config->data_small_px = 4;
    config->data_small_min = 0.3;
    config->head_bottleneck = 8;
    config->head_prototypes = 24;
    config->head_freeze = 0;
    config->teacher_momentum = 0.9;
}

static inline void objective_case_alone(vt_config *config)
{
    objective_case_distil(config);
    config->data_small_crops = 0;
    objective_case_choose(config->teacher_centring, "sinkhorn");
}

static inline void objective_case_centred(vt_config *config)
{
    objective_case_distil(config);
    config->koleo_weight = 0.5;
    objective_case_choose(config->teacher_centring, "centre");
}

static const objective_case objective_cases[] = {
    {.what = "aim", .objective = "aim"},
    {.what = "aim, causal, in a spiral, of k-means codes",
     .objective = "aim",
     .target = "kmeans",
     .order = "spiral",
     .attention = "causal"},
    {.what = "aim with a transformer", .objective = "aim", .head = "transformer"},
    {.what = "aim without a head", .objective = "aim", .head = "none", .order = "random"},
    {.what = "mae", .objective = "mae", .mask_ratio = 0.75},
    {.what = "mae of codes", .objective = "mae", .target = "kmeans", .mask_ratio = 0.3},
    {.what = "masked", .objective = "masked", .mask_ratio = 0.5},
    {.what = "masked with a transformer",
     .objective = "masked",
     .head = "transformer",
     .mask_ratio = 0.75},
    {.what = "masked without a head", .objective = "masked", .head = "none", .mask_ratio = 0.9},
    {.what = "beit", .objective = "beit", .target = "kmeans", .mask_ratio = 0.4},
    {.what = "dino", .objective = "dino", .moving = 1, .set = objective_case_distil},
    {.what = "dino of whole crops", .objective = "dino", .set = objective_case_alone},
    {.what = "ibot", .objective = "ibot", .moving = 1, .set = objective_case_distil},
    {.what = "dinov2", .objective = "dinov2", .set = objective_case_distil},
    {.what = "dinov2 with a centre",
     .objective = "dinov2",
     .moving = 1,
     .set = objective_case_centred},
};
enum { OBJECTIVE_CASES = sizeof objective_cases / sizeof *objective_cases };

static inline vt_config objective_case_config(const objective_case *c)
{
    vt_config config = vt_config_default("pretrain");
    vt_error err;
    config.data_image_px = 8;
    config.model_patch_px = 2;
    config.model_width = 12;
    config.model_depth = 2;
    config.model_heads = 3;
    config.head_width = 16;
    config.head_depth = 2;
    config.head_heads = 4;
    config.target_codes = 6;
    config.optim_steps = 60;
    config.optim_batch_images = OBJECTIVE_BATCH;
    config.optim_lr_peak = 0.01;
    config.optim_warmup = 0.1;
    config.train_shards = 3;
    config.eval_images = 6;
    config.data_crop_min = 0.6;
    objective_case_choose(config.objective_name, c->objective);
    objective_case_choose(config.head_kind, c->head);
    objective_case_choose(config.target_kind, c->target);
    objective_case_choose(config.model_order, c->order);
    objective_case_choose(config.model_attention, c->attention);
    if (c->mask_ratio > 0) config.mask_ratio = c->mask_ratio;
    if (c->set) c->set(&config);
    CU_ASSERT_EQUAL_FATAL(vt_objective_check(&config, &err), VT_OK);
    return config;
}

/* Codes of random patches where the config asks for some, else nothing. Close it after. */
static inline void objective_case_codebook(vt_codebook *out, const vt_config *config)
{
    vt_target target = vt_target_of(config);
    vt_rng rng = vt_rng_at(9, VT_RNG_TEST, 0, 0);
    vt_error err;
    *out = (vt_codebook){0};
    if (!target.coded) return;
    CU_ASSERT_EQUAL_FATAL(vt_codebook_open(out, &target.codes, &err), VT_OK);
    for (isize i = 0; i < target.codes.vq.K * target.P; i++)
        out->patches[i] = (vt_real)vt_rng_normal(&rng);
}
#endif
