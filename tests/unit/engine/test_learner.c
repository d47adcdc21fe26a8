/* A learner's step: the same bits for any number of workers, whatever stood in the buffers, and
 * what precision, sums and shards may change of it. */
#include "base/heap.h"
#include "base/profile.h"
#include "check.h"
#include "core_fixture.h"
#include "ops/gemm.h"
#include "train/learner.h"
#include <math.h>
#include <string.h>

enum { BATCH = 7, TOKENS = 9, PIXELS = 36, STEPS = 4, ROOM = 1 << 15 };

static vt_config config_of(int shards, int sums)
{
    vt_aim_shape shape = core_shape();
    shape.head_norm_skip = 1;
    vt_config config = core_shape_config(&shape);
    config.optim_batch_images = BATCH;
    config.train_shards = shards;
    config.train_sums = sums;
    config.optim_eps = 1e-3; /* or rounding decides about tiny gradients */
    return config;
}

static void open_learner(vt_learner *l, const vt_config *config, vt_pool *pool)
{
    vt_error err;
    (void)vt_gemm_setup();
    (void)vt_kernels_setup();
    CU_ASSERT_EQUAL_FATAL(vt_learner_open(l, config, pool, &err), VT_OK);
    CU_ASSERT_FATAL(l->params.size <= ROOM);
    vt_learner_reset(l, 3);
}

/* The images and prefixes of a step; among these 1 and T - 1. */
static void fill_batch(vt_learner *l, int step)
{
    CU_ASSERT_EQUAL(l->pixels, PIXELS);
    core_fill(l->images, BATCH * PIXELS, (uint64_t)step);
    for (int i = 0; i < BATCH; i++) l->draws[i] = 1 + (7 * i + 3 * step) % (TOKENS - 1);
}

static vt_learner_result take_step(vt_learner *l, int step)
{
    fill_batch(l, step);
    return vt_learner_step(l, 0.01, step);
}

typedef struct {
    vt_real state[3 * ROOM]; /* values, then moments */
    double loss[STEPS], norm[STEPS], held_out;
} outcome;

static void keep(outcome *out, const vt_learner *l)
{
    size_t bytes = (size_t)l->params.size * sizeof *out->state;
    memcpy(out->state, l->params.values, bytes);
    memcpy(out->state + ROOM, l->optim.m, bytes);
    memcpy(out->state + 2 * ROOM, l->optim.v, bytes);
}

static void learn(outcome *out, const vt_config *config, int workers)
{
    vt_learner l;
    vt_pool *pool = NULL;
    vt_error err;
    memset(out, 0, sizeof *out);
    if (workers) CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, workers, &err), VT_OK);
    open_learner(&l, config, pool);
    for (int s = 0; s < STEPS; s++) {
        vt_learner_result result = take_step(&l, s + 1);
        CU_ASSERT(result.loss > 0 && result.grad_norm > 0);
        out->loss[s] = result.loss;
        out->norm[s] = result.grad_norm;
    }
    out->held_out = vt_learner_evaluate(&l, BATCH, VT_AIM_CAUSAL).sum;
    keep(out, &l);
    vt_learner_close(&l);
    vt_pool_close(&pool);
}

static int same(const outcome *a, const outcome *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* ---- workers ---- */

static void any_number_of_workers_gives_the_same_bits(void)
{
    static const int workers[] = {1, 2, 3, 8},
                     cuts[][2] = {{1, 1}, {4, 1}, {5, 1}, {7, 1}, {5, 2}, {7, 3}, {7, 7}};
    static outcome alone, other;
    for (int half = 0; half < 2; half++) {
        for (size_t c = 0; c < sizeof cuts / sizeof *cuts; c++) {
            vt_config config = config_of(cuts[c][0], cuts[c][1]);
            if (half) core_choose(config.model_precision, "bf16");
            learn(&alone, &config, 0);
            for (int w = 0; w < 4; w++) {
                learn(&other, &config, workers[w]);
                CU_ASSERT(same(&other, &alone));
            }
        }
    }
}

/* Wide enough that the last shards' products are cut, and whoever is free takes a slice. */
static vt_config wide_config(int shards)
{
    vt_config config = config_of(shards, 1);
    config.model_width = config.head_width = 36;
    config.model_depth = config.head_depth = 1;
    return config;
}

static int64_t products_of_a_step(int shards)
{
    vt_learner l;
    vt_config config = wide_config(shards);
    open_learner(&l, &config, NULL);
    vt_profile_reset();
    vt_profiling = 1;
    (void)take_step(&l, 1);
    vt_profiling = 0;
    vt_learner_close(&l);
    return vt_profile_sum_of(VT_PART_GEMM_FORWARD).calls;
}

static void the_last_shards_products_are_cut(void)
{
    int64_t one = products_of_a_step(1), seven = products_of_a_step(7), whole = seven - 2 * one;
    CU_ASSERT(whole > 0 && whole % 5 == 0 && one > whole / 5);
}

static void slices_do_not_show_who_took_them(void)
{
    static const int workers[] = {1, 2, 3, 8}, shards[] = {1, 2, 7};
    static outcome alone, other;
    for (int half = 0; half < 2; half++) {
        for (int s = 0; s < 3; s++) {
            vt_config config = wide_config(shards[s]);
            if (half) core_choose(config.model_precision, "bf16");
            learn(&alone, &config, 0);
            for (int w = 0; w < 4; w++) {
                learn(&other, &config, workers[w]);
                CU_ASSERT(same(&other, &alone));
            }
        }
    }
}

/* ---- sums and shards ---- */

static double gap(const outcome *a, const outcome *b)
{
    double worst = 0;
    for (isize i = 0; i < 3 * ROOM; i++) {
        double g = fabs((double)a->state[i] - (double)b->state[i]);
        if (!(g <= worst)) worst = g;
    }
    return worst;
}

/* They decide in which order a gradient is added up, and nothing else. */
static void shards_and_sums_change_the_rounding_alone(void)
{
    static const int cuts[][2] = {{1, 1}, {5, 1}, {5, 2}, {5, 5}};
    static outcome first, other;
    const double bound = core_bound(1e-5, 1e-12);
    vt_config config = config_of(7, 1);
    learn(&first, &config, 2);
    for (int c = 0; c < 4; c++) {
        config = config_of(cuts[c][0], cuts[c][1]);
        learn(&other, &config, 2);
        CU_ASSERT(!same(&other, &first)); /* so the bound has something to bound */
        check_near("state", gap(&other, &first), 0, bound);
        for (int s = 0; s < STEPS; s++) {
            check_near("loss", other.loss[s] / first.loss[s], 1, bound);
            check_near("norm", other.norm[s] / first.norm[s], 1, bound);
        }
    }
}

/* Whatever shards and sums are: every image counts once, under its own prefix. */
static void a_step_has_the_gradient_of_its_images(void)
{
    static const int cuts[][2] = {{1, 1}, {5, 1}, {5, 2}, {7, 3}};
    static vt_real want[ROOM];
    for (int c = 0; c < 4; c++) {
        vt_config config = config_of(cuts[c][0], cuts[c][1]);
        vt_learner l;
        vt_arena arena = {0};
        vt_aim view = {0};
        vt_aim_shape shape = vt_aim_shape_of(&config);
        vt_error err;
        open_learner(&l, &config, NULL);
        fill_batch(&l, 1);
        for (int pass = 0; pass < 2; pass++) {
            vt_params params = {.values = l.params.values, .grads = want};
            view = vt_aim_plan(&shape, &params, &arena);
            if (pass == 0) CU_ASSERT_EQUAL_FATAL(vt_arena_open(&arena, &err), VT_OK);
        }
        isize pairs = 0;
        double loss = 0, worst = 0, most = 0;
        for (int i = 0; i < BATCH; i++) pairs += TOKENS - l.draws[i];
        memset(want, 0, sizeof want);
        for (int i = 0; i < BATCH; i++) {
            vt_pass one = {.B = 1,
                           .T = TOKENS,
                           .mask = VT_MASK_PREFIX,
                           .prefix_len = l.draws + i,
                           .wanted = VT_ROWS_PREDICTING};
            vt_bay *bay = &l.bays[0];
            vt_aim_forward(&view, bay->saved, &one, l.images + i * PIXELS, &bay->scratch);
            loss += vt_aim_loss(&view, bay->saved, &one, pairs) / (double)pairs;
            vt_aim_backward(&view, bay->saved, &one, &bay->scratch);
        }
        check_near("loss", vt_learner_step(&l, 0.01, 1).loss / loss, 1, core_bound(1e-6, 1e-14));
        for (isize i = 0; i < l.params.size; i++) {
            worst = fmax(worst, fabs((double)l.optim.sums[0][i] - (double)want[i]));
            most = fmax(most, fabs((double)want[i]));
        }
        check_near("gradient", worst / most, 0, core_bound(1e-5, 1e-13));
        vt_arena_close(&arena);
        vt_learner_close(&l);
    }
}

/* ---- what stood there before ---- */

static void what_the_gradient_buffers_held_does_not_matter(void)
{
    static const vt_real old[] = {(vt_real)NAN, (vt_real)INFINITY, (vt_real)1e30};
    static outcome clean, other;
    for (int sums = 1; sums <= 3; sums++) {
        vt_config config = config_of(5, sums);
        learn(&clean, &config, 0);
        for (int o = 0; o < 3; o++) {
            vt_learner l;
            memset(&other, 0, sizeof other);
            open_learner(&l, &config, NULL);
            for (int step = 1; step <= STEPS; step++) {
                for (int s = 0; s < sums; s++)
                    for (isize i = 0; i < l.params.size; i++) l.optim.sums[s][i] = old[o];
                vt_learner_result result = take_step(&l, step);
                other.loss[step - 1] = result.loss;
                other.norm[step - 1] = result.grad_norm;
            }
            other.held_out = vt_learner_evaluate(&l, BATCH, VT_AIM_CAUSAL).sum;
            keep(&other, &l);
            CU_ASSERT(same(&other, &clean));
            vt_learner_close(&l);
        }
    }
}

/* Nor what a step left that ended in a loss that is no number. */
static void a_step_that_failed_leaves_the_next_one_alone(void)
{
    static outcome first, other;
    for (int half = 0; half < 2; half++) {
        vt_config config = config_of(5, 2);
        if (half) core_choose(config.model_precision, "bf16");
        vt_learner l, undisturbed;
        memset(&first, 0, sizeof first);
        memset(&other, 0, sizeof other);
        open_learner(&l, &config, NULL);
        open_learner(&undisturbed, &config, NULL);
        fill_batch(&l, 1);
        l.images[3 * PIXELS] = (vt_real)NAN;
        vt_learner_result result = vt_learner_step(&l, 0.01, 1);
        CU_ASSERT(!isfinite(result.loss) && !isfinite(result.grad_norm));
        keep(&other, &l);
        keep(&first, &undisturbed);
        CU_ASSERT(same(&other, &first));
        CU_ASSERT_EQUAL(take_step(&l, 1).loss, take_step(&undisturbed, 1).loss);
        keep(&other, &l);
        keep(&first, &undisturbed);
        CU_ASSERT(same(&other, &first));
        vt_learner_close(&l);
        vt_learner_close(&undisturbed);
    }
}

static void a_step_allocates_nothing(void)
{
    vt_pool *pool = NULL;
    vt_error err;
    CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, 2, &err), VT_OK);
    for (int v = 0; v < 8; v++) {
        vt_config config = config_of(5, v & 4 ? 2 : 1);
        vt_learner l;
        core_choose(config.model_precision, v & 1 ? "bf16" : "fp32");
        config.train_recompute = (v & 2) != 0;
        open_learner(&l, &config, pool);
        (void)take_step(&l, 1);
        uint64_t before = vt_heap_count();
        for (int step = 2; step < 6; step++) (void)take_step(&l, step);
        (void)vt_learner_evaluate(&l, BATCH, VT_AIM_CAUSAL);
        vt_learner_reset(&l, 4);
        vt_learner_refresh(&l);
        CU_ASSERT_EQUAL(vt_heap_count(), before);
        vt_learner_close(&l);
    }
    vt_pool_close(&pool);
}

/* ---- precision and recompute ---- */

static void recompute_gives_the_same_bits(void)
{
    static outcome kept, again;
    for (int v = 0; v < 8; v++) {
        vt_config config = config_of(5, 1);
        core_choose(config.model_precision, v & 1 ? "bf16" : "fp32");
        core_choose(config.model_attention, v & 2 ? "causal" : "prefix");
        if (v & 4) config.model_depth = config.head_depth = 1;
        learn(&kept, &config, 2);
        config.train_recompute = 1;
        learn(&again, &config, 2);
        CU_ASSERT(same(&kept, &again));
    }
}

/* What products read follows the values: after a reset, a step, and a refresh. */
static void the_copy_in_bf16_follows_the_values(void)
{
    vt_config config = config_of(5, 1);
    core_choose(config.model_precision, "bf16");
    vt_learner l;
    open_learner(&l, &config, NULL);
    for (int round = 0; round < 4; round++) {
        if (round == 1) (void)take_step(&l, 1);
        if (round == 2) core_fill(l.params.values, l.params.size, 9);
        if (round == 2) vt_learner_refresh(&l);
        if (round == 3) vt_learner_reset(&l, 5);
        isize wrong = 0, rounded = 0;
        for (isize p = 0; p < l.params.count; p++) {
            const vt_param_info *info = &l.params.info[p];
            for (isize i = info->offset; i < info->offset + info->rows * info->cols; i++) {
                double value = (double)l.params.values[i];
                wrong += core_wide(l.optim.half[i]) != core_bf16(value);
                rounded += core_bf16(value) != value;
            }
        }
        CU_ASSERT(wrong == 0 && rounded > l.params.numbers / 2);
    }
    vt_learner_close(&l);
}

static void a_reset_begins_again(void)
{
    for (int half = 0; half < 2; half++) {
        vt_config config = config_of(5, 2);
        if (half) core_choose(config.model_precision, "bf16");
        vt_learner l;
        open_learner(&l, &config, NULL);
        vt_learner_result first = take_step(&l, 1), second = take_step(&l, 2);
        CU_ASSERT(first.loss != second.loss);
        vt_learner_reset(&l, 3);
        for (isize i = 0; i < l.params.size; i++) CU_ASSERT(l.optim.m[i] == 0 && l.optim.v[i] == 0);
        CU_ASSERT_EQUAL(take_step(&l, 1).loss, first.loss);
        vt_learner_result again = take_step(&l, 2);
        CU_ASSERT(again.loss == second.loss && again.grad_norm == second.grad_norm);
        vt_learner_reset(&l, 4);
        CU_ASSERT(take_step(&l, 1).loss != first.loss);
        vt_learner_close(&l);
    }
}

/* Or what is asked of bf16 here would be asked of fp32 once more. */
static void bf16_is_another_arithmetic(void)
{
    static outcome full, half;
    vt_config config = config_of(5, 1);
    learn(&full, &config, 0);
    core_choose(config.model_precision, "bf16");
    learn(&half, &config, 0);
    CU_ASSERT(!same(&full, &half));
    for (int s = 0; s < STEPS; s++) CU_ASSERT(full.loss[s] != half.loss[s]);
}

/* ---- evaluation ---- */

static double evaluate(const vt_config *config, int workers, isize count, int loss, isize *pairs)
{
    vt_learner l;
    vt_pool *pool = NULL;
    vt_error err;
    CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, workers, &err), VT_OK);
    open_learner(&l, config, pool);
    fill_batch(&l, 1);
    (void)vt_learner_evaluate(&l, BATCH, loss); /* which leaves losses behind */
    vt_part_loss part = vt_learner_evaluate(&l, count, loss);
    vt_learner_close(&l);
    vt_pool_close(&pool);
    *pairs = part.pairs;
    return part.sum;
}

/* Each image counts once, in whichever shard it lies, however few there are. */
static void an_evaluation_is_the_sum_over_its_images(void)
{
    static const int shards[] = {1, 4, 5, 7};
    for (int m = 0; m < 2; m++) {
        int loss = m ? VT_AIM_PREFIX : VT_AIM_CAUSAL;
        vt_config whole = config_of(1, 1);
        core_choose(whole.model_attention, m ? "causal" : "prefix"); /* does not matter */
        double before = 0;
        isize pairs_before = 0;
        for (isize count = 1; count <= BATCH; count++) {
            isize pairs = 0, other_pairs = 0;
            double want = evaluate(&whole, 1, count, loss, &pairs);
            int targets = m ? TOKENS - (1 + (7 * ((int)count - 1) + 3) % (TOKENS - 1)) : TOKENS - 1;
            CU_ASSERT_EQUAL(pairs - pairs_before, targets);
            CU_ASSERT(want > before);
            for (int s = 0; s < 4; s++) {
                vt_config config = config_of(shards[s], 1);
                double sum = evaluate(&config, 1, count, loss, &other_pairs);
                CU_ASSERT_EQUAL(other_pairs, pairs);
                check_near("sum", sum / want, 1, core_bound(1e-5, 1e-13));
                CU_ASSERT_EQUAL(evaluate(&config, 8, count, loss, &other_pairs), sum);
                CU_ASSERT_EQUAL(evaluate(&config, 3, count, loss, &other_pairs), sum);
            }
            before = want;
            pairs_before = pairs;
        }
    }
}

static void an_evaluation_leaves_learning_alone(void)
{
    vt_config config = config_of(5, 2);
    vt_learner l, undisturbed;
    open_learner(&l, &config, NULL);
    open_learner(&undisturbed, &config, NULL);
    for (int step = 1; step <= 3; step++) {
        fill_batch(&l, 9);
        (void)vt_learner_evaluate(&l, 4, VT_AIM_CAUSAL);
        (void)vt_learner_evaluate(&l, BATCH, VT_AIM_PREFIX);
        CU_ASSERT_EQUAL(take_step(&l, step).loss, take_step(&undisturbed, step).loss);
        CU_ASSERT(core_same(l.params.values, undisturbed.params.values, l.params.size));
    }
    vt_learner_close(&l);
    vt_learner_close(&undisturbed);
}

SUITE(learner,
      {"any number of workers gives the same bits", any_number_of_workers_gives_the_same_bits},
      {"the last shards' products are cut", the_last_shards_products_are_cut},
      {"slices do not show who took them", slices_do_not_show_who_took_them},
      {"shards and sums change the rounding alone", shards_and_sums_change_the_rounding_alone},
      {"a step has the gradient of its images", a_step_has_the_gradient_of_its_images},
      {"what the gradient buffers held does not matter",
       what_the_gradient_buffers_held_does_not_matter},
      {"a step that failed leaves the next one alone",
       a_step_that_failed_leaves_the_next_one_alone},
      {"a step allocates nothing", a_step_allocates_nothing},
      {"recompute gives the same bits", recompute_gives_the_same_bits},
      {"the copy in bf16 follows the values", the_copy_in_bf16_follows_the_values},
      {"a reset begins again", a_reset_begins_again},
      {"bf16 is another arithmetic", bf16_is_another_arithmetic},
      {"an evaluation is the sum over its images", an_evaluation_is_the_sum_over_its_images},
      {"an evaluation leaves learning alone", an_evaluation_leaves_learning_alone})
