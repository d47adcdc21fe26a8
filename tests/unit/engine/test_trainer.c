/* Training end to end on a tiny data set: the same bits for any number of workers, no allocation,
 * a falling loss, and hands off the parameters when the numbers leave the finite ones. */
#include "base/heap.h"
#include "check.h"
#include "core_fixture.h"
#include "train/trainer.h"
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

enum { STEPS = 4, STATE_MAX = 1 << 14 };

typedef struct {
    vt_real state[3 * STATE_MAX];  /* values, m, v */
    double numbers[2 * STEPS + 2]; /* losses, gradient norms, both validations */
} outcome;

static void keep_state(vt_real *out, const vt_trainer *t)
{
    isize size = t->learner.params.size;
    CU_ASSERT_FATAL(size <= STATE_MAX);
    memcpy(out, t->learner.params.values, (size_t)size * sizeof *out);
    memcpy(out + size, t->learner.optim.m, (size_t)size * sizeof *out);
    memcpy(out + 2 * size, t->learner.optim.v, (size_t)size * sizeof *out);
}

static double validate(vt_trainer *t, int number)
{
    vt_error err = {0};
    double loss = (double)NAN;
    CU_ASSERT_EQUAL(vt_trainer_validate(t, number, &loss, &err), VT_OK);
    return loss;
}

/* Trains a few steps; workers 0 trains without a pool. */
static void train(outcome *out, const vt_config *config, const core_data *data, int workers)
{
    vt_trainer t;
    vt_pool *pool = NULL;
    vt_error err = {0};
    memset(out, 0, sizeof *out);
    if (workers) CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, workers, &err), VT_OK);
    core_trainer_open(&t, config, data, pool);
    for (int s = 0; s < STEPS; s++) {
        vt_step_result result = core_step(&t);
        out->numbers[2 * s] = result.loss;
        out->numbers[2 * s + 1] = result.grad_norm;
    }
    out->numbers[2 * STEPS] = validate(&t, VT_AIM_CAUSAL);
    out->numbers[2 * STEPS + 1] = validate(&t, VT_AIM_PREFIX);
    CU_ASSERT_EQUAL(t.step, STEPS);
    keep_state(out->state, &t);
    vt_trainer_close(&t);
    vt_pool_close(&pool);
}

static void any_number_of_workers_gives_the_same_bits(void)
{
    static const int workers[] = {1, 2, 3, 8};
    static const core_setting settings[] = {
        {"model.attention", "prefix"},
        {"model.attention", "causal"},
        {"train.sums", "2"},
        {"model.precision", "bf16"},
    };
    static outcome first, other;
    core_data data;
    core_data_open(&data);
    for (size_t s = 0; s < sizeof settings / sizeof *settings; s++) {
        vt_config config = core_config((core_setting[]){settings[s], {0}});
        train(&first, &config, &data, 0);
        for (int i = 0; i < 2 * STEPS + 2; i++) CU_ASSERT(first.numbers[i] > 0);
        for (size_t w = 0; w < sizeof workers / sizeof *workers; w++) {
            train(&other, &config, &data, workers[w]);
            CU_ASSERT_EQUAL(memcmp(&other, &first, sizeof first), 0);
        }
    }
    core_data_close(&data);
}

static double largest_gap(const outcome *a, const outcome *b, isize count)
{
    double worst = 0;
    for (isize i = 0; i < count; i++)
        worst = fmax(worst, fabs((double)a->state[i] - (double)b->state[i]));
    return worst;
}

/* The cut into shards is part of the config as it decides the rounding, and nothing but that. */
static void shards_change_the_rounding_alone(void)
{
    static outcome one, seven;
    core_data data;
    core_data_open(&data);
    core_setting eps = {"optim.eps", "0.001"}; /* or rounding decides about tiny gradients */
    vt_config config = core_config((core_setting[]){eps, {"train.shards", "1"}, {0}});
    train(&one, &config, &data, 0);
    config = core_config((core_setting[]){eps, {"train.shards", "7"}, {0}});
    train(&seven, &config, &data, 0);
    for (int i = 0; i < 2 * STEPS + 2; i++)
        check_near("loss or norm", seven.numbers[i] / one.numbers[i], 1, core_bound(1e-4, 1e-11));
    check_near("parameters", largest_gap(&one, &seven, STATE_MAX), 0, core_bound(1e-4, 1e-11));
    core_data_close(&data);
}

static void seeds_and_keys_change_the_run(void)
{
    static outcome first, other;
    static const core_setting changes[] = {
        {"seed", "1"},
        {"optim.lr_start", "0.001"},
        {"optim.beta1", "0.8"},
        {"optim.beta2", "0.9"},
        {"optim.weight_decay", "0"},
        {"optim.clip_norm", "0.01"},
        {"optim.eps", "0.1"},
        {"data.flip", "0"},
        {"data.crop_min", "1"},
        {"data.images_max", "3"},
        {"model.attention", "causal"},
        {"target.norm_pix", "false"},
        {"head.norm_skip", "true"},
        {"model.norm_eps", "0.1"},
        {"optim.warmup", "0.5"},
        {"train.sums", "2"},
        {"model.precision", "bf16"},
    };
    core_data data;
    core_data_open(&data);
    vt_config config = core_config(NULL);
    train(&first, &config, &data, 0);
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        config = core_config((core_setting[]){changes[i], {0}});
        train(&other, &config, &data, 0);
        int same = memcmp(&other, &first, sizeof first) == 0;
        if (same) (void)printf("\n    %s changes nothing\n", changes[i].key);
        CU_ASSERT(!same);
    }
    core_data_close(&data);
}

static void recompute_changes_nothing(void)
{
    static outcome first, other;
    static const char *const precisions[] = {"fp32", "bf16"};
    core_data data;
    core_data_open(&data);
    for (int p = 0; p < 2; p++) {
        core_setting precision = {"model.precision", precisions[p]};
        vt_config config = core_config((core_setting[]){precision, {0}});
        train(&first, &config, &data, 0);
        config = core_config((core_setting[]){precision, {"train.recompute", "true"}, {0}});
        train(&other, &config, &data, 0);
        CU_ASSERT_EQUAL(memcmp(&other, &first, sizeof first), 0);
    }
    core_data_close(&data);
}

static void check_allocations(const core_setting *settings)
{
    core_data data;
    core_data_open(&data);
    vt_config config = core_config(settings);
    vt_trainer t;
    core_trainer_open(&t, &config, &data, NULL);
    for (int s = 0; s < 2; s++) (void)core_step(&t);
    uint64_t before = vt_heap_count();
    for (int s = 2; s < 10; s++) (void)core_step(&t);
    CU_ASSERT_EQUAL(vt_heap_count(), before);
    (void)validate(&t, VT_AIM_PREFIX);
    before = vt_heap_count();
    (void)validate(&t, VT_AIM_CAUSAL);
    (void)core_step(&t);
    CU_ASSERT_EQUAL(vt_heap_count(), before);
    vt_trainer_close(&t);
    core_data_close(&data);
}

static void a_step_allocates_nothing(void)
{
    check_allocations(NULL);
    check_allocations((core_setting[]){{"model.precision", "bf16"}, {0}});
    check_allocations((core_setting[]){{"train.recompute", "true"}, {"train.sums", "3"}, {0}});
}

static void the_loss_falls(void)
{
    static const core_setting settings[] = {
        {"model.attention", "prefix"}, {"model.attention", "causal"}, {"model.precision", "bf16"}};
    core_data data;
    core_data_open(&data);
    for (int s = 0; s < 3; s++) {
        vt_config config = core_config((core_setting[]){settings[s], {0}});
        vt_trainer t;
        double early = 0, late = 0;
        core_trainer_open(&t, &config, &data, NULL);
        double untrained = validate(&t, VT_AIM_CAUSAL);
        for (int step = 0; step < 60; step++) {
            double loss = core_step(&t).loss;
            if (step < 10) early += loss / 10;
            if (step >= 50) late += loss / 10;
        }
        (void)printf(" %.3f to %.3f, held out %.3f to %.3f", early, late, untrained,
                     validate(&t, VT_AIM_CAUSAL));
        CU_ASSERT(late < 0.7 * early);
        CU_ASSERT(validate(&t, VT_AIM_CAUSAL) < 0.7 * untrained);
        CU_ASSERT_EQUAL(t.step, 60);
        vt_trainer_close(&t);
    }
    core_data_close(&data);
}

static void the_rate_follows_the_schedule(void)
{
    core_data data;
    core_data_open(&data);
    vt_config config = core_config((core_setting[]){{"optim.lr_start", "0.002"}, {0}});
    vt_schedule schedule = vt_trainer_schedule(&config);
    vt_trainer t;
    core_trainer_open(&t, &config, &data, NULL);
    for (int64_t s = 0; s < 9; s++) CU_ASSERT_EQUAL(core_step(&t).lr, vt_schedule_at(&schedule, s));
    vt_trainer_close(&t);
    core_data_close(&data);
}

/* The loss of a step, from the feed and the objective alone. */
static void a_step_reads_its_own_images_under_its_mask(void)
{
    enum { IMAGES = 7, TOKENS = 16, PIXELS = CORE_PX * CORE_PX };
    static vt_real pixels[IMAGES * PIXELS];
    static const char *const masks[] = {"prefix", "causal"};
    int32_t prefix[IMAGES], label = 0;
    vt_error err = {0};
    core_data data;
    core_data_open(&data);
    for (int m = 0; m < 2; m++) {
        vt_config config = core_config(
            (core_setting[]){{"model.attention", masks[m]}, {"train.shards", "1"}, {0}});
        vt_trainer t;
        core_trainer_open(&t, &config, &data, NULL);
        vt_learner *l = &t.learner;
        vt_bay *bay = &l->bays[0];
        vt_mask_kind mask = m ? VT_MASK_CAUSAL : VT_MASK_PREFIX;
        vt_pass pass = {.B = IMAGES,
                        .T = TOKENS,
                        .mask = mask,
                        .prefix_len = prefix,
                        .wanted = VT_ROWS_PREDICTING};
        for (int step = 0; step < 4; step++) { /* into the second epoch */
            for (int i = 0; i < IMAGES; i++) {
                CU_ASSERT_EQUAL(vt_feed_train(&t.train, step * IMAGES + i, pixels + i * PIXELS,
                                              &label, t.readers[0].scratch, &err),
                                VT_OK);
                vt_objective_aim.draw(&config, &prefix[i], vt_feed_choices(&t.train, step, i), i);
            }
            isize pairs = vt_pass_rows(&pass);
            vt_aim_forward(l->models[0], bay->saved, &pass, pixels, &bay->scratch);
            double sum = vt_aim_loss(l->models[0], bay->saved, &pass, pairs);
            check_near("loss", core_step(&t).loss / sum * (double)pairs, 1,
                       core_bound(1e-6, 1e-13)); /* the only shard's products are cut */
        }
        vt_trainer_close(&t);
    }
    core_data_close(&data);
}

/* The moments say what the step must have been, corrected for the number of steps so far. */
static void a_step_is_that_of_adamw(void)
{
    static vt_real before[STATE_MAX];
    core_data data;
    core_data_open(&data);
    vt_config config = core_config((core_setting[]){{"optim.lr_start", "0.01"}, {0}});
    vt_trainer t;
    core_trainer_open(&t, &config, &data, NULL);
    for (int step = 1; step <= 3; step++) {
        double worst = 0, lr = 0.01, beta1 = 1 - pow(0.9, step), beta2 = 1 - pow(0.95, step);
        memcpy(before, t.learner.params.values, (size_t)t.learner.params.size * sizeof *before);
        CU_ASSERT_EQUAL(core_step(&t).lr, lr);
        for (isize p = 0; p < t.learner.params.count; p++) {
            const vt_param_info *info = &t.learner.params.info[p];
            for (isize i = info->offset; i < info->offset + info->rows * info->cols; i++) {
                double m = (double)t.learner.optim.m[i] / beta1,
                       v = (double)t.learner.optim.v[i] / beta2;
                double want = (double)before[i] * (info->decay ? 1 - lr * 0.05 : 1);
                want -= lr * m / (sqrt(v) + 1e-8);
                double gap = fabs((double)t.learner.params.values[i] - want);
                if (!(gap <= worst)) worst = gap;
            }
        }
        check_near("values", worst, 0, core_bound(1e-6, 1e-14));
    }
    vt_trainer_close(&t);
    core_data_close(&data);
}

/* ---- validation ---- */

static void validation_repeats_and_leaves_training_alone(void)
{
    core_data data;
    core_data_open(&data);
    vt_config config = core_config(NULL);
    vt_trainer t, undisturbed;
    core_trainer_open(&t, &config, &data, NULL);
    core_trainer_open(&undisturbed, &config, &data, NULL);
    for (int s = 0; s < 3; s++) {
        double causal = validate(&t, VT_AIM_CAUSAL), prefix = validate(&t, VT_AIM_PREFIX);
        CU_ASSERT(isfinite(causal) && isfinite(prefix) && causal != prefix);
        CU_ASSERT_EQUAL(validate(&t, VT_AIM_CAUSAL), causal);
        CU_ASSERT_EQUAL(validate(&t, VT_AIM_PREFIX), prefix);
        CU_ASSERT_EQUAL(core_step(&t).loss, core_step(&undisturbed).loss);
        CU_ASSERT(core_same(t.learner.params.values, undisturbed.learner.params.values,
                            t.learner.params.size));
        CU_ASSERT(validate(&t, VT_AIM_CAUSAL) != causal);
    }
    vt_trainer_close(&t);
    vt_trainer_close(&undisturbed);
    core_data_close(&data);
}

/* The same images and prefixes in one pass: the mean over pairs, each pair once. */
static void validation_is_the_mean_over_pairs(void)
{
    enum { IMAGES = 5, TOKENS = 16 };
    static vt_real pixels[IMAGES * CORE_PX * CORE_PX];
    int32_t prefix[IMAGES], label = 0;
    core_data data;
    vt_error err = {0};
    core_data_open(&data);
    vt_config config = core_config((core_setting[]){{"train.shards", "1"}, {0}});
    vt_trainer whole, cut, few;
    core_trainer_open(&whole, &config, &data, NULL);
    config = core_config((core_setting[]){{"train.shards", "6"}, {"optim.batch_images", "6"}, {0}});
    core_trainer_open(&cut, &config, &data, NULL);
    config = core_config((core_setting[]){{"train.shards", "2"}, {"optim.batch_images", "2"}, {0}});
    core_trainer_open(&few, &config, &data, NULL); /* three batches, the last of one image */
    vt_learner *l = &whole.learner;
    vt_bay *bay = &l->bays[0];
    for (int i = 0; i < IMAGES; i++) {
        CU_ASSERT_EQUAL(vt_feed_eval(&whole.held_out, i, pixels + i * CORE_PX * CORE_PX, &label,
                                     whole.readers[0].scratch, &err),
                        VT_OK);
        vt_objective_aim.draw(&config, &prefix[i], vt_feed_choices_eval(&whole.held_out, i), i);
    }
    for (int m = 0; m < 2; m++) {
        vt_mask_kind mask = m ? VT_MASK_PREFIX : VT_MASK_CAUSAL;
        vt_pass pass = {.B = IMAGES,
                        .T = TOKENS,
                        .mask = mask,
                        .prefix_len = prefix,
                        .wanted = VT_ROWS_PREDICTING};
        isize pairs = vt_pass_rows(&pass);
        vt_aim_forward(l->models[0], bay->saved, &pass, pixels, &bay->scratch);
        double want = vt_aim_loss(l->models[0], bay->saved, &pass, pairs) / (double)pairs;
        check_near("one shard", validate(&whole, m), want, 1e-12);
        check_near("six shards", validate(&cut, m), want, core_bound(1e-5, 1e-12));
        check_near("three batches", validate(&few, m), want, core_bound(1e-5, 1e-12));
    }
    vt_trainer_close(&whole);
    vt_trainer_close(&cut);
    vt_trainer_close(&few);
    core_data_close(&data);
}

/* Whatever batches and shards: each chunk's mean, weighed by its targets, makes the loss. */
static void chunks_of_the_sequence_make_the_loss(void)
{
    enum { TOKENS = 16, CHUNKS = 5 };
    static const char *const batches[] = {"2", "6"};
    double first[CHUNKS] = {0};
    core_data data;
    core_data_open(&data);
    for (int v = 0; v < 2; v++) {
        vt_config config = core_config((core_setting[]){
            {"eval.chunks", "5"}, {"train.shards", "2"}, {"optim.batch_images", batches[v]}, {0}});
        double means[CHUNKS], sum = 0;
        vt_trainer t;
        core_trainer_open(&t, &config, &data, NULL);
        double loss = validate(&t, VT_AIM_CAUSAL);
        vt_trainer_chunks(&t, means);
        for (int token = 1; token < TOKENS; token++) sum += means[token * CHUNKS / TOKENS];
        check_near("mean", sum / (TOKENS - 1), loss, core_bound(1e-6, 1e-13));
        for (int c = 0; c < CHUNKS; c++) {
            CU_ASSERT(means[c] > 0 && (c == 0 || means[c] != means[c - 1]));
            if (v) check_near("chunk", means[c], first[c], core_bound(1e-5, 1e-12));
            first[c] = means[c];
        }
        vt_trainer_close(&t);
    }
    core_data_close(&data);
}

static int stop_at_third(const void *context)
{
    int *asked = *(int *const *)context;
    return ++*asked == 3;
}

static void a_validation_stops_when_asked(void)
{
    core_data data;
    vt_error err = {0};
    int asked = 0, *counter = &asked;
    double loss = 0;
    core_data_open(&data);
    vt_config config =
        core_config((core_setting[]){{"train.shards", "1"}, {"optim.batch_images", "1"}, {0}});
    vt_trainer t;
    core_trainer_open(&t, &config, &data, NULL);
    t.stopping = stop_at_third;
    t.stopping_context = &counter;
    CU_ASSERT_EQUAL(vt_trainer_validate(&t, VT_AIM_CAUSAL, &loss, &err), VT_ERR_CANCELLED);
    CU_ASSERT_EQUAL(asked, 3);
    CU_ASSERT_EQUAL(vt_trainer_validate(&t, VT_AIM_CAUSAL, &loss, &err), VT_OK);
    CU_ASSERT_EQUAL(asked, 8); /* once for each of the five images */
    vt_trainer_close(&t);
    core_data_close(&data);
}

/* ---- what is not finite ---- */

static void a_nan_stops_the_step_and_touches_nothing(void)
{
    static vt_real before[3 * STATE_MAX], after[3 * STATE_MAX];
    core_data data;
    core_data_open(&data);
    vt_config config = core_config(NULL);
    vt_trainer t;
    core_trainer_open(&t, &config, &data, NULL);
    for (int s = 0; s < 2; s++) (void)core_step(&t);
    isize places[] = {0, t.learner.params.info[t.learner.params.count - 1].offset};
    for (int p = 0; p < 2; p++) {
        for (int k = 0; k < 2; k++) {
            vt_real kept = t.learner.params.values[places[p]];
            t.learner.params.values[places[p]] = k ? (vt_real)INFINITY : (vt_real)NAN;
            keep_state(before, &t);
            vt_step_result result = core_step(&t);
            CU_ASSERT(!isfinite(result.loss) && !isfinite(result.grad_norm));
            CU_ASSERT(result.lr > 0);
            CU_ASSERT(!isfinite(validate(&t, VT_AIM_CAUSAL)));
            keep_state(after, &t);
            CU_ASSERT(core_same(before, after, 3 * t.learner.params.size));
            CU_ASSERT_EQUAL(t.step, 2);
            t.learner.params.values[places[p]] = kept;
        }
    }
    CU_ASSERT(isfinite(core_step(&t).loss)); /* and the run could go on */
    CU_ASSERT_EQUAL(t.step, 3);
    vt_trainer_close(&t);
    core_data_close(&data);
}

/* A finite loss whose gradient is not: a huge weight behind a norm of small slope. */
static void a_gradient_that_is_not_finite_does_not_count_as_a_step(void)
{
    static vt_real before[3 * STATE_MAX], after[3 * STATE_MAX];
    core_data data;
    core_data_open(&data);
    vt_config config = core_config((core_setting[]){{"model.norm_eps", "1e-12"}, {0}});
    vt_trainer t;
    core_trainer_open(&t, &config, &data, NULL);
    const vt_param_info *first = &t.learner.params.info[0], *bias = &t.learner.params.info[1];
    /* Equal embeddings have variance 0, so rstd is 1e6 and multiplies the norm's huge slope. */
    for (isize i = 0; i < first->rows * first->cols; i++)
        t.learner.params.values[first->offset + i] = 0;
    for (isize i = 0; i < bias->cols; i++) t.learner.params.values[bias->offset + i] = 0;
    const vt_param_info *slope = &t.learner.params.info[2];
    for (isize i = 0; i < slope->cols; i++)
        t.learner.params.values[slope->offset + i] = (vt_real)(sizeof(vt_real) == 4 ? 3e38 : 1e308);
    keep_state(before, &t);
    vt_step_result result = core_step(&t);
    keep_state(after, &t);
    CU_ASSERT(isfinite(result.loss) && !isfinite(result.grad_norm));
    CU_ASSERT(core_same(before, after, 3 * t.learner.params.size));
    CU_ASSERT_EQUAL(t.step, 0);
    vt_trainer_close(&t);
    core_data_close(&data);
}

/* A prediction so far off that its square is infinite, while the gradient is a number. */
static void a_loss_that_is_not_finite_does_not_count_as_a_step(void)
{
    static vt_real before[3 * STATE_MAX], after[3 * STATE_MAX];
    core_data data;
    core_data_open(&data);
    vt_config config = core_config(NULL);
    vt_trainer t;
    core_trainer_open(&t, &config, &data, NULL);
    const vt_param_info *bias = &t.learner.params.info[t.learner.params.count - 1];
    CU_ASSERT_STRING_EQUAL(bias->name, "head.decoder_pred.bias");
    t.learner.params.values[bias->offset] = (vt_real)(sizeof(vt_real) == 4 ? 1e20 : 1e160);
    keep_state(before, &t);
    CU_ASSERT(isinf(core_step(&t).loss));
    keep_state(after, &t);
    CU_ASSERT(core_same(before, after, 3 * t.learner.params.size));
    CU_ASSERT_EQUAL(t.step, 0);
    vt_trainer_close(&t);
    core_data_close(&data);
}

/* What was read ahead for the step that would have come is not taken for the one that comes. */
static void images_read_ahead_are_those_of_the_step(void)
{
    core_data data;
    vt_pool *pool = NULL;
    vt_error err = {0};
    double value = 0, alone[4];
    core_data_open(&data);
    vt_config config = core_config(NULL);
    vt_trainer t;
    core_trainer_open(&t, &config, &data, NULL);
    for (int s = 0; s < 4; s++) alone[s] = core_step(&t).loss;
    vt_trainer_close(&t);
    CU_ASSERT_EQUAL(vt_pool_open(&pool, 2, &err), VT_OK);
    for (int readers = 0; readers < 4; readers += 3) {
        CU_ASSERT_EQUAL(vt_trainer_open(&t, &config, data.dataset, pool, readers, &err), VT_OK);
        vt_trainer_reset(&t);
        CU_ASSERT_EQUAL(core_step(&t).loss, alone[0]);
        CU_ASSERT_EQUAL(vt_trainer_validate(&t, 0, &value, &err), VT_OK); /* reads others */
        CU_ASSERT_EQUAL(core_step(&t).loss, alone[1]);
        vt_trainer_reset(&t); /* what was read ahead is of the third step */
        for (int s = 0; s < 4; s++) CU_ASSERT_EQUAL(core_step(&t).loss, alone[s]);
        CU_ASSERT(t.step_s > 0 && t.stall_s >= 0 && t.stall_s <= t.step_s);
        CU_ASSERT(t.read_s > 0);
        vt_trainer_close(&t); /* while something is being read */
    }
    vt_pool_close(&pool);
    core_data_close(&data);
}

static void a_reset_begins_again(void)
{
    core_data data;
    core_data_open(&data);
    vt_config config = core_config(NULL);
    vt_trainer t;
    core_trainer_open(&t, &config, &data, NULL);
    double first = core_step(&t).loss, second = core_step(&t).loss;
    CU_ASSERT(first != second);
    vt_trainer_reset(&t);
    CU_ASSERT_EQUAL(t.step, 0);
    CU_ASSERT_EQUAL(core_step(&t).loss, first);
    CU_ASSERT_EQUAL(core_step(&t).loss, second);
    vt_trainer_close(&t);
    core_data_close(&data);
}

static void more_memory_than_there_is_is_refused(void)
{
#if !defined(VT_SANITIZED)
    core_data data;
    vt_error err = {0};
    vt_trainer t;
    struct rlimit kept, small;
    core_data_open(&data);
    vt_config config = core_config(
        (core_setting[]){{"optim.batch_images", "1000000"}, {"train.shards", "1"}, {0}});
    CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_AS, &kept), 0);
    small = kept;
    small.rlim_cur = (rlim_t)4 << 30;
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_AS, &small), 0);
    vt_status status = vt_trainer_open(&t, &config, data.dataset, NULL, 0, &err);
    CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_AS, &kept), 0);
    CU_ASSERT_EQUAL(status, VT_ERR_MEMORY);
    CU_ASSERT(strstr(err.text, "smaller batch") && strstr(err.text, "out of memory"));
    core_data_close(&data);
#else
    check_skip("memory that cannot be had", "a sanitizer stops the program instead");
#endif
}

SUITE(trainer, {"images read ahead are those of the step", images_read_ahead_are_those_of_the_step},
      {"any number of workers gives the same bits", any_number_of_workers_gives_the_same_bits},
      {"shards change the rounding alone", shards_change_the_rounding_alone},
      {"seeds and keys change the run", seeds_and_keys_change_the_run},
      {"recompute changes nothing", recompute_changes_nothing},
      {"a step allocates nothing", a_step_allocates_nothing}, {"the loss falls", the_loss_falls},
      {"the rate follows the schedule", the_rate_follows_the_schedule},
      {"a step reads its own images under its mask", a_step_reads_its_own_images_under_its_mask},
      {"a step is that of AdamW", a_step_is_that_of_adamw},
      {"validation repeats and leaves training alone",
       validation_repeats_and_leaves_training_alone},
      {"validation is the mean over pairs", validation_is_the_mean_over_pairs},
      {"chunks of the sequence make the loss", chunks_of_the_sequence_make_the_loss},
      {"a validation stops when asked", a_validation_stops_when_asked},
      {"a NaN stops the step and touches nothing", a_nan_stops_the_step_and_touches_nothing},
      {"a gradient that is not finite does not count as a step",
       a_gradient_that_is_not_finite_does_not_count_as_a_step},
      {"a loss that is not finite does not count as a step",
       a_loss_that_is_not_finite_does_not_count_as_a_step},
      {"a reset begins again", a_reset_begins_again},
      {"more memory than there is is refused", more_memory_than_there_is_is_refused})
