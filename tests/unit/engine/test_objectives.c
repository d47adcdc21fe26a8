/* What holds for every objective (tests/objective_case.h): the same bits for any number of workers,
 * with recompute, and after a resume; the work that it says that it does; a loss that falls. */
#include "base/heap.h"
#include "base/profile.h"
#include "core_fixture.h"
#include "objective_case.h"
#include "ops/gemm.h"
#include "train/checkpoint.h"
#include "train/coding.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BATCH = OBJECTIVE_BATCH, STEPS = 3, ROOM = 1 << 15, METRICS = 16, LOSSES = 8 };

static vt_codebook codebook;
static const objective_case *now;

/* Calls check for each case, and names those in which it fails. */
static void for_each_case(void (*check)(vt_config *config))
{
    for (int c = 0; c < OBJECTIVE_CASES; c++) {
        now = &objective_cases[c];
        vt_config config = objective_case_config(now);
        unsigned before = CU_get_number_of_failure_records();
        objective_case_codebook(&codebook, &config);
        check(&config);
        vt_codebook_close(&codebook);
        if (CU_get_number_of_failure_records() > before)
            (void)printf("\n    in the case: %s\n", now->what);
    }
}

/* ---- learners ---- */

static void open_learner(vt_learner *l, const vt_config *config, vt_pool *pool)
{
    vt_error err;
    (void)vt_gemm_setup();
    (void)vt_kernels_setup();
    CU_ASSERT_EQUAL_FATAL(vt_learner_open(l, config, pool, &err), VT_OK);
    l->codebook = &codebook;
    vt_learner_reset(l, 3);
}

static void fill_batch(vt_learner *l, int step)
{
    core_fill(l->images, BATCH * l->pixels, (uint64_t)step);
    for (isize i = 0; i < BATCH; i++)
        vt_learner_draw(l, i, vt_rng_at(5, VT_RNG_PREFIX, (uint64_t)step, (uint64_t)i));
}

static vt_learner_result take_step(vt_learner *l, int step)
{
    fill_batch(l, step);
    return vt_learner_step(l, 0.01, step);
}

typedef struct {
    vt_real state[4 * ROOM]; /* values, moments, what is kept beside them */
    double numbers[STEPS][2 + METRICS], losses[LOSSES];
} outcome;

static void keep_state(outcome *out, const vt_learner *l)
{
    size_t bytes = (size_t)l->params.size * sizeof *out->state;
    CU_ASSERT_FATAL(l->params.size <= ROOM && l->state.size <= ROOM);
    memcpy(out->state, l->params.values, bytes);
    memcpy(out->state + ROOM, l->optim.m, bytes);
    memcpy(out->state + 2 * ROOM, l->optim.v, bytes);
    if (l->state.size > 0)
        memcpy(out->state + 3 * ROOM, l->state.values, (size_t)l->state.size * sizeof *out->state);
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
        out->numbers[s][0] = result.loss;
        out->numbers[s][1] = result.grad_norm;
        CU_ASSERT(isfinite(result.loss) && result.grad_norm > 0);
        if (l.objective->metrics) vt_learner_measure(&l, s + 1, out->numbers[s] + 2);
        for (int m = 0; m < METRICS; m++) CU_ASSERT(isfinite(out->numbers[s][2 + m]));
    }
    for (int i = 0; l.objective->losses[i]; i++)
        out->losses[i] = vt_learner_evaluate(&l, BATCH - 1, i).sum;
    keep_state(out, &l);
    vt_learner_close(&l);
    vt_pool_close(&pool);
}

static int same(const outcome *a, const outcome *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void check_workers(vt_config *config)
{
    static const int workers[] = {1, 2, 5}, cuts[][2] = {{1, 1}, {3, 1}, {7, 3}};
    static outcome alone, other;
    for (int v = 0; v < 6; v++) {
        core_choose(config->model_precision, v & 1 ? "bf16" : "fp32");
        config->train_shards = cuts[v / 2][0];
        config->train_sums = cuts[v / 2][1];
        learn(&alone, config, 0);
        for (int w = 0; w < 3; w++) {
            learn(&other, config, workers[w]);
            CU_ASSERT(same(&other, &alone));
        }
    }
}

static void any_number_of_workers_gives_the_same_bits(void)
{
    for_each_case(check_workers);
}

static void check_recompute(vt_config *config)
{
    static outcome kept, again;
    for (int half = 0; half < 2; half++) {
        core_choose(config->model_precision, half ? "bf16" : "fp32");
        config->train_recompute = 0;
        learn(&kept, config, 2);
        config->train_recompute = 1;
        learn(&again, config, 2);
        CU_ASSERT(same(&kept, &again));
    }
}

static void recompute_gives_the_same_bits(void)
{
    for_each_case(check_recompute);
}

/* ---- work ---- */

static void check_work(vt_config *config)
{
    static const vt_part products[] = {VT_PART_GEMM_FORWARD, VT_PART_GEMM_DX, VT_PART_GEMM_DW,
                                       VT_PART_ATTENTION_FORWARD, VT_PART_ATTENTION_BACKWARD};
    for (config->train_recompute = 0; config->train_recompute < 2; config->train_recompute++) {
        int64_t did = 0;
        vt_learner l;
        open_learner(&l, config, NULL);
        fill_batch(&l, 1);
        int64_t says = vt_learner_flops(&l), whole = BATCH * l.objective->cost(config).flops_train;
        vt_profile_reset();
        vt_profiling = 1;
        (void)vt_learner_step(&l, 0, 1);
        vt_profiling = 0;
        for (size_t p = 0; p < sizeof products / sizeof *products; p++)
            did += vt_profile_sum_of(products[p]).flops;
        CU_ASSERT_EQUAL(did, says);
        /* No more than the model costs, but that attention's scores are made again in backward. */
        if (!config->train_recompute) CU_ASSERT(says > 0 && says < whole + whole / 10);
        vt_learner_close(&l);
    }
}

static void the_work_of_a_step_is_what_it_does(void)
{
    for_each_case(check_work);
}

static void check_cost(vt_config *config)
{
    vt_learner l;
    open_learner(&l, config, NULL);
    vt_cost cost = l.objective->cost(config);
    CU_ASSERT_EQUAL(cost.params_total, l.params.numbers);
    CU_ASSERT(cost.params_trunk > 0 && cost.params_trunk <= cost.params_total);
    CU_ASSERT_EQUAL(cost.tokens, 16);
    vt_config probe = vt_config_default("probe");
    memset(probe.head_kind, 0, sizeof probe.head_kind);
    probe.head_heads = probe.head_width = 0; /* a probe's config says nothing of heads */
    probe.mask_ratio = 0;
    probe.data_image_px = config->data_image_px;
    probe.model_patch_px = config->model_patch_px;
    probe.model_width = config->model_width;
    probe.model_depth = config->model_depth;
    probe.model_heads = config->model_heads;
    memcpy(probe.objective_name, config->objective_name, sizeof probe.objective_name);
    vt_cost trunk = l.objective->cost(&probe);
    CU_ASSERT(trunk.params_trunk == cost.params_trunk && trunk.flops_trunk == cost.flops_trunk);
    vt_learner_close(&l);
}

static void a_probe_of_its_trunk_costs_what_the_trunk_does(void)
{
    for_each_case(check_cost);
}

static void check_heap(vt_config *config)
{
    double values[METRICS];
    vt_learner l;
    open_learner(&l, config, NULL);
    (void)take_step(&l, 1);
    uint64_t before = vt_heap_count();
    for (int step = 2; step < 4; step++) (void)take_step(&l, step);
    if (l.objective->metrics) vt_learner_measure(&l, 3, values);
    (void)vt_learner_evaluate(&l, BATCH, 0);
    CU_ASSERT_EQUAL(vt_heap_count(), before);
    vt_learner_close(&l);
}

static void a_step_allocates_nothing(void)
{
    for_each_case(check_heap);
}

/* ---- evaluation ---- */

/* Each image counts once, in whichever shard it lies, but where it has to do with the others there;
 * learning does not notice. */
static void check_evaluation(vt_config *config)
{
    static const int shards[] = {1, 3, 7};
    double first[LOSSES] = {0};
    for (int s = 0; s < 3; s++) {
        vt_learner l, undisturbed;
        config->train_shards = shards[s];
        open_learner(&l, config, NULL);
        open_learner(&undisturbed, config, NULL);
        for (int i = 0; l.objective->losses[i]; i++) {
            fill_batch(&l, 1);
            vt_part_loss part = vt_learner_evaluate(&l, BATCH - 2, i);
            CU_ASSERT(part.pairs > 0 && isfinite(part.sum));
            int alone = strcmp(l.objective->losses[i], "koleo") != 0;
            if (s > 0 && alone) check_near("sum", part.sum / first[i], 1, core_bound(1e-5, 1e-12));
            first[i] = part.sum;
        }
        CU_ASSERT_EQUAL(take_step(&l, 1).loss, take_step(&undisturbed, 1).loss);
        CU_ASSERT(core_same(l.params.values, undisturbed.params.values, l.params.size));
        vt_learner_close(&l);
        vt_learner_close(&undisturbed);
    }
}

static void an_evaluation_counts_each_image_once_and_changes_nothing(void)
{
    for_each_case(check_evaluation);
}

/* ---- trainers ---- */

static core_data data;
static char folder[FIXTURE_PATH];

static void begin(void)
{
    core_data_open(&data);
    fixture_path(folder, data.folder, "run");
    fixture_write(data.folder, "run/.keep", "", 0);
}

/* The codebook lies beside the checkpoint, and is learnt where it does not. */
static void open_codes(vt_trainer *t)
{
    vt_error err;
    CU_ASSERT_EQUAL_FATAL(vt_coding_open(t, folder, NULL, NULL, &err), VT_OK);
}

static void spoil(const vt_params *params)
{
    for (isize p = 0; p < params->count; p++) params->values[params->info[p].offset] += 1;
}

/* Stopped behind the second step, and gone on with by another number of workers. */
static void check_resume(vt_config *config)
{
    static outcome whole, resumed;
    char sha256[VT_SHA256_HEX];
    isize bytes = 0;
    vt_trainer a, b;
    vt_pool *pool = NULL;
    vt_error err;
    int found = 0;
    memset(&whole, 0, sizeof whole);
    memset(&resumed, 0, sizeof resumed);
    CU_ASSERT_EQUAL_FATAL(vt_pool_open(&pool, 3, &err), VT_OK);
    core_trainer_open(&a, config, &data, NULL);
    core_trainer_open(&b, config, &data, pool);
    open_codes(&a);
    for (int s = 0; s < 2; s++) (void)core_step(&a);
    CU_ASSERT_EQUAL(vt_checkpoint_write(&a, folder, &bytes, sha256, &err), VT_OK);
    spoil(&b.learner.params);
    spoil(&b.learner.state);
    CU_ASSERT_EQUAL(vt_checkpoint_load(&b, folder, &found, &err), VT_OK);
    CU_ASSERT(found == 1 && b.step == 2);
    open_codes(&b);
    for (int s = 0; s < STEPS; s++) {
        whole.numbers[s][0] = core_step(&a).loss;
        resumed.numbers[s][0] = core_step(&b).loss;
    }
    keep_state(&whole, &a.learner);
    keep_state(&resumed, &b.learner);
    CU_ASSERT(same(&whole, &resumed));
    vt_trainer_close(&a);
    vt_trainer_close(&b);
    vt_pool_close(&pool);
}

static void a_resumed_run_is_the_uninterrupted_one(void)
{
    begin();
    for_each_case(check_resume);
    core_data_close(&data);
}

static void check_learning(vt_config *config)
{
    vt_trainer t;
    vt_error err;
    double before = 0, after = 0;
    core_trainer_open(&t, config, &data, NULL);
    open_codes(&t);
    CU_ASSERT_EQUAL(vt_trainer_validate(&t, 0, &before, &err), VT_OK);
    while (t.step < config->optim_steps) (void)core_step(&t);
    CU_ASSERT_EQUAL(vt_trainer_validate(&t, 0, &after, &err), VT_OK);
    int learnt = now->moving ? isfinite(after) : after < 0.95 * before;
    CU_ASSERT(learnt);
    if (!learnt) (void)printf("\n    loss %g, then %g\n", before, after);
    vt_trainer_close(&t);
}

static void the_loss_of_held_out_images_falls(void)
{
    begin();
    for_each_case(check_learning);
    core_data_close(&data);
}

SUITE(objectives,
      {"any number of workers gives the same bits", any_number_of_workers_gives_the_same_bits},
      {"recompute gives the same bits", recompute_gives_the_same_bits},
      {"the work of a step is what it does", the_work_of_a_step_is_what_it_does},
      {"a probe of its trunk costs what the trunk does",
       a_probe_of_its_trunk_costs_what_the_trunk_does},
      {"a step allocates nothing", a_step_allocates_nothing},
      {"an evaluation counts each image once and changes nothing",
       an_evaluation_counts_each_image_once_and_changes_nothing},
      {"a resumed run is the uninterrupted one", a_resumed_run_is_the_uninterrupted_one},
      {"the loss of held-out images falls", the_loss_of_held_out_images_falls})
