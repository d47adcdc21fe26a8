/* Codes as targets: the loss is the cross-entropy of the codes that the codebook gives, a step has
 * the same bits for any number of workers, and a run keeps to the codebook that it began with. */
#include "base/file.h"
#include "check.h"
#include "core_fixture.h"
#include "objective/aim.h"
#include "train/checkpoint.h"
#include "train/coding.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { STEPS = 5, CODES = 12, VALUES = 4, PATCHES = 16 };

static vt_config config_of(const char *kind, const char *codes, const char *batch)
{
    const core_setting settings[] = {{"target.kind", kind},
                                     {"target.codes", codes},
                                     {"optim.batch_images", batch},
                                     {NULL, NULL}};
    return core_config(settings);
}

static void open_coded(vt_trainer *t, const vt_config *config, const core_data *data,
                       const char *folder, vt_pool *pool)
{
    vt_error err = {0};
    core_trainer_open(t, config, data, pool);
    vt_status status = vt_coding_open(t, folder, NULL, NULL, &err);
    if (status != VT_OK) (void)printf("\n    %s\n", err.text);
    CU_ASSERT_EQUAL_FATAL(status, VT_OK);
}

/* ---- the loss ---- */

static double xent(const vt_real *logits, isize K, int32_t code)
{
    double sum = 0;
    for (isize k = 0; k < K; k++) sum += exp((double)logits[k]);
    return log(sum) - (double)logits[code];
}

/* Of one image, its 15 targets behind the first patch, by the definition. */
static void the_loss_is_the_cross_entropy_of_the_next_code(void)
{
    core_data data;
    vt_trainer t;
    vt_error err;
    vt_config config = config_of("kmeans", "12", "7");
    core_data_open(&data);
    open_coded(&t, &config, &data, NULL, NULL);
    vt_learner *l = &t.learner;
    for (int s = 0; s < STEPS; s++) (void)core_step(&t);
    CU_ASSERT_EQUAL_FATAL(vt_trainer_read_held_out(&t, 0, 1, &err), VT_OK);
    vt_part_loss part = vt_learner_evaluate(l, 1, VT_AIM_CAUSAL);
    CU_ASSERT_EQUAL(part.pairs, PATCHES - 1);
    const vt_aim_saved *saved = l->bays[0].saved;
    vt_real patches[PATCHES * VALUES], targets[PATCHES * VALUES];
    int32_t codes[PATCHES];
    vt_trunk_shape trunk = vt_objective_trunk(&config);
    vt_patchify(patches, l->images, 1, &trunk);
    vt_patch_targets(targets, patches, PATCHES, 1, VALUES, 1);
    vt_points centres = {t.codebook.patches, NULL, CODES, VALUES};
    vt_nearest_reference(codes, &centres, targets, PATCHES);
    double sum = 0;
    for (int r = 0; r < PATCHES - 1; r++)
        sum += xent(saved->head.pred + r * CODES, CODES, codes[r + 1]);
    check_near("loss", part.sum / sum, 1, core_bound(1e-5, 1e-12));
    CU_ASSERT(part.sum > 0);
    vt_trainer_close(&t);
    core_data_close(&data);
}

/* ---- bits ---- */

typedef struct {
    double loss[STEPS], norm[STEPS], held_out;
    vt_real codes[64 * VALUES];
} outcome;

static void train(outcome *out, const vt_config *config, const core_data *data, int workers)
{
    vt_trainer t;
    vt_error err = {0};
    vt_pool *pool = NULL;
    memset(out, 0, sizeof *out);
    if (workers) CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, workers, &err), VT_OK);
    open_coded(&t, config, data, NULL, pool);
    for (int s = 0; s < STEPS; s++) {
        vt_step_result result = core_step(&t);
        out->loss[s] = result.loss;
        out->norm[s] = result.grad_norm;
    }
    CU_ASSERT_EQUAL(vt_trainer_validate(&t, VT_AIM_PREFIX, &out->held_out, &err), VT_OK);
    CU_ASSERT(out->loss[0] > 0 && isfinite(out->loss[STEPS - 1]) && isfinite(out->held_out));
    memcpy(out->codes, t.codebook.patches,
           (size_t)(vt_min(64, config->target_codes) * VALUES) * sizeof *out->codes);
    vt_trainer_close(&t);
    vt_pool_close(&pool);
}

static void any_number_of_workers_gives_the_same_bits(void)
{
    static outcome alone, other;
    core_data data;
    core_data_open(&data);
    for (int v = 0; v < 3; v++) {
        /* 300 codes are wider than anything else that a product reads in bf16 */
        vt_config config = config_of(v == 1 ? "vq" : "kmeans", v == 2 ? "300" : "12", "7");
        if (v == 2) core_choose(config.model_precision, "bf16");
        train(&alone, &config, &data, 0);
        for (int workers = 1; workers < 4; workers += v == 1 ? 2 : 1) {
            train(&other, &config, &data, workers);
            CU_ASSERT(memcmp(&alone, &other, sizeof alone) == 0);
        }
    }
    core_data_close(&data);
}

static void the_codebook_does_not_feel_how_images_come_in_batches(void)
{
    static outcome seven, five;
    core_data data;
    core_data_open(&data);
    vt_config config = config_of("kmeans", "12", "7"), other = config_of("kmeans", "12", "5");
    train(&seven, &config, &data, 1);
    train(&five, &other, &data, 1);
    CU_ASSERT(core_same(seven.codes, five.codes, CODES * VALUES));
    core_data_close(&data);
}

static void predictions_are_patches_of_the_codebook(void)
{
    core_data data;
    vt_trainer t;
    vt_error err;
    vt_config config = config_of("kmeans", "12", "7");
    config.target_norm_pix = 0;
    core_data_open(&data);
    open_coded(&t, &config, &data, NULL, NULL);
    vt_learner *l = &t.learner;
    CU_ASSERT_EQUAL_FATAL(vt_trainer_read_held_out(&t, 0, 1, &err), VT_OK);
    l->draws[0] = 1;
    vt_real pixels[64], patches[64], targets[64];
    int32_t given[PATCHES];
    memcpy(pixels, l->images, sizeof pixels);
    vt_imagined out = {.own = 0, .pixels = pixels, .given = given};
    CU_ASSERT_EQUAL_FATAL(vt_learner_imagine(l, 1, &out), 1);
    vt_trunk_shape trunk = vt_objective_trunk(&config);
    vt_patchify(patches, pixels, 1, &trunk);
    vt_patch_targets(targets, patches, PATCHES, 1, VALUES, 0);
    for (int p = 1; p < PATCHES; p++) {
        int found = 0;
        for (int32_t k = 0; k < CODES; k++)
            found |= core_same(targets + p * VALUES, vt_codebook_decode(&t.codebook, k), VALUES);
        CU_ASSERT(found);
    }
    vt_trainer_close(&t);
    core_data_close(&data);
}

/* ---- a run and its codebook ---- */

static void another_codebook_is_refused(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH + 32], sha256[VT_SHA256_HEX];
    core_data data;
    vt_trainer t;
    vt_error err = {0};
    isize bytes = 0;
    int found = 0;
    vt_config config = config_of("kmeans", "12", "7"), pixels = core_config(NULL);
    core_data_open(&data);
    fixture_folder(folder);
    (void)snprintf(path, sizeof path, "%s/%s", folder, VT_CODEBOOK_FILE);
    open_coded(&t, &config, &data, folder, NULL);
    (void)core_step(&t);
    CU_ASSERT_EQUAL_FATAL(vt_checkpoint_write(&t, folder, &bytes, sha256, &err), VT_OK);
    /* of the same config, and well-formed, but not the one that is noted */
    t.codebook.patches[3] += 1;
    CU_ASSERT_EQUAL_FATAL(vt_codebook_write(&t.codebook, path, config.hash, &bytes, sha256, &err),
                          VT_OK);
    vt_trainer_close(&t);

    core_trainer_open(&t, &config, &data, NULL);
    CU_ASSERT_EQUAL_FATAL(vt_checkpoint_load(&t, folder, &found, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_coding_open(&t, folder, NULL, NULL, &err), VT_ERR_CONFIG);
    CU_ASSERT(strstr(err.text, "bring that one back") != NULL);
    vt_trainer_close(&t);

    /* lost, it is learnt again, and is the noted one */
    CU_ASSERT_EQUAL(unlink(path), 0);
    core_trainer_open(&t, &config, &data, NULL);
    CU_ASSERT_EQUAL_FATAL(vt_checkpoint_load(&t, folder, &found, &err), VT_OK);
    CU_ASSERT_EQUAL(vt_coding_open(&t, folder, NULL, NULL, &err), VT_OK);
    CU_ASSERT_EQUAL(access(path, F_OK), 0);
    vt_trainer_close(&t);

    /* a checkpoint of another kind of target does not pass for this config's */
    core_trainer_open(&t, &pixels, &data, NULL);
    memcpy(t.config.hash, config.hash, sizeof config.hash);
    CU_ASSERT_EQUAL(vt_checkpoint_load(&t, folder, &found, &err), VT_ERR_FORMAT);
    CU_ASSERT(strstr(err.text, "note codebook") != NULL);
    vt_trainer_close(&t);
    fixture_remove(folder);
    core_data_close(&data);
}

static int stop(void *context, const vt_codes_progress *progress)
{
    (void)context, (void)progress;
    return 1;
}

static void learning_that_is_stopped_writes_no_file(void)
{
    char folder[FIXTURE_PATH], path[FIXTURE_PATH + 32];
    core_data data;
    vt_trainer t;
    vt_error err = {0};
    vt_config config = config_of("vq", "12", "7"), pixels = core_config(NULL);
    core_data_open(&data);
    fixture_folder(folder);
    (void)snprintf(path, sizeof path, "%s/%s", folder, VT_CODEBOOK_FILE);
    core_trainer_open(&t, &config, &data, NULL);
    CU_ASSERT_EQUAL(vt_coding_open(&t, folder, stop, NULL, &err), VT_ERR_CANCELLED);
    CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
    CU_ASSERT_PTR_NULL(t.learner.codebook);
    vt_trainer_close(&t);
    core_trainer_open(&t, &pixels, &data, NULL);
    CU_ASSERT_EQUAL(vt_coding_open(&t, folder, stop, NULL, &err), VT_OK); /* nothing to learn */
    CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
    vt_trainer_close(&t);
    fixture_remove(folder);
    core_data_close(&data);
}

SUITE(coding,
      {"the loss is the cross-entropy of the next code",
       the_loss_is_the_cross_entropy_of_the_next_code},
      {"any number of workers gives the same bits", any_number_of_workers_gives_the_same_bits},
      {"the codebook does not feel how images come in batches",
       the_codebook_does_not_feel_how_images_come_in_batches},
      {"predictions are patches of the codebook", predictions_are_patches_of_the_codebook},
      {"another codebook is refused", another_codebook_is_refused},
      {"learning that is stopped writes no file", learning_that_is_stopped_writes_no_file})
