/* Which patches are hidden, and what predictions of them may know: by hand, and by what must not
 * matter. */
#include "check.h"
#include "core_fixture.h"
#include "objective/hiding.h"
#include "objective_case.h"
#include "ops/gemm.h"
#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BATCH = OBJECTIVE_BATCH, SIDE = 4, PATCHES = 16, CHOICES = PATCHES + 1, P = 4, PIXELS = 64 };

/* ---- choices ---- */

static void the_share_that_is_seen_is_rounded_down(void)
{
    CU_ASSERT_EQUAL(vt_masking_hidden(0.75, 196), 147); /* MAE sees 49 */
    CU_ASSERT_EQUAL(vt_masking_hidden(0.75, 49), 37);
    CU_ASSERT_EQUAL(vt_masking_hidden(0.9, 100), 90);
    CU_ASSERT_EQUAL(vt_masking_hidden(0.5, 64), 32);
    CU_ASSERT_EQUAL(vt_masking_hidden(0.01, 4), 1);
    CU_ASSERT_EQUAL(vt_masking_hidden(0.99, 4), 3);
    for (int patches = 2; patches < 300; patches++)
        for (int percent = 1; percent < 100; percent++) {
            isize seen = patches * (100 - percent) / 100;
            CU_ASSERT_EQUAL(vt_masking_hidden(percent / 100.0, patches),
                            patches - (seen < 1 ? 1 : seen));
        }
}

/* Every place once; returns how many are hidden. */
static int check_choices(const int32_t *choices, int patches)
{
    int seen[400] = {0};
    CU_ASSERT_FATAL(choices[0] >= 1 && choices[0] < patches);
    for (int t = 0; t < patches; t++) {
        CU_ASSERT_FATAL(choices[1 + t] >= 0 && choices[1 + t] < patches);
        CU_ASSERT_EQUAL(seen[choices[1 + t]]++, 0);
    }
    return choices[0];
}

static void each_patch_is_hidden_as_often_as_the_others(void)
{
    enum { ROUNDS = 4000, HIDDEN = 12 };
    int hidden[PATCHES] = {0};
    for (int round = 0; round < ROUNDS; round++) {
        int32_t choices[CHOICES];
        vt_rng rng = vt_rng_at(1, VT_RNG_TEST, 0, (uint64_t)round);
        vt_masking_random(choices, PATCHES, HIDDEN, &rng);
        CU_ASSERT_EQUAL(check_choices(choices, PATCHES), HIDDEN);
        for (int t = PATCHES - HIDDEN; t < PATCHES; t++) hidden[choices[1 + t]]++;
    }
    for (int place = 0; place < PATCHES; place++) /* 3000, sigma 27 */
        CU_ASSERT(abs(hidden[place] - 3000) < 140);
}

/* Hidden patches have more hidden neighbours than as many patches one by one would. */
static void blocks_are_hidden_in_one_piece(void)
{
    enum { GRID = 14, ALL = GRID * GRID, WANTED = 75, ROUNDS = 300 };
    double neighbours = 0, count = 0;
    for (int round = 0; round < ROUNDS; round++) {
        int32_t choices[ALL + 1], hidden[ALL] = {0};
        vt_rng rng = vt_rng_at(2, VT_RNG_TEST, 0, (uint64_t)round);
        vt_masking_blocks(choices, GRID, WANTED, &rng);
        int n = check_choices(choices, ALL);
        CU_ASSERT(n <= WANTED && n > WANTED / 2);
        for (int t = 0; t < ALL; t++) {
            hidden[choices[1 + t]] = t >= ALL - n;
            if (t > 0 && t != ALL - n) CU_ASSERT(choices[1 + t] > choices[t]); /* as they stand */
        }
        for (int i = 0; i < ALL; i++) {
            count += hidden[i];
            if (hidden[i] && i % GRID < GRID - 1) neighbours += hidden[i + 1];
        }
    }
    CU_ASSERT(count / ROUNDS > 70);
    CU_ASSERT(neighbours / count > 0.7); /* 0.36 by chance */
}

static void the_smallest_grids_hide_a_patch_and_show_one(void)
{
    for (int side = 2; side < 6; side++)
        for (int wanted = 1; wanted < side * side; wanted++)
            for (int round = 0; round < 20; round++) {
                int32_t choices[26];
                vt_rng rng = vt_rng_at(3, VT_RNG_TEST, (uint64_t)wanted, (uint64_t)round);
                vt_masking_blocks(choices, side, wanted, &rng);
                CU_ASSERT(check_choices(choices, side * side) <= wanted);
            }
}

/* ---- a whole objective ---- */

typedef struct {
    vt_config config;
    vt_codebook codebook;
    vt_learner l;
} bench;

static void open_bench(bench *b, const objective_case *c)
{
    vt_error err;
    b->config = objective_case_config(c);
    b->config.train_shards = 1;
    objective_case_codebook(&b->codebook, &b->config);
    (void)vt_gemm_setup();
    (void)vt_kernels_setup();
    CU_ASSERT_EQUAL_FATAL(vt_learner_open(&b->l, &b->config, NULL, &err), VT_OK);
    b->l.codebook = &b->codebook;
    vt_learner_reset(&b->l, 3);
    CU_ASSERT_EQUAL(b->l.pixels, PIXELS);
    core_fill(b->l.images, BATCH * PIXELS, 2);
    for (isize i = 0; i < BATCH; i++)
        vt_learner_draw(&b->l, i, vt_rng_at(5, VT_RNG_PREFIX, 1, (uint64_t)i));
}

static void close_bench(bench *b)
{
    vt_learner_close(&b->l);
    vt_codebook_close(&b->codebook);
}

static int hides(const objective_case *c)
{
    return strcmp(c->objective, "mae") == 0 || strcmp(c->objective, "masked") == 0 ||
           strcmp(c->objective, "beit") == 0;
}

static void for_each_bench(void (*check)(bench *b))
{
    for (int c = 0; c < OBJECTIVE_CASES; c++) {
        bench b;
        if (!hides(&objective_cases[c])) continue;
        open_bench(&b, &objective_cases[c]);
        check(&b);
        close_bench(&b);
    }
}

static vt_hiding_saved *saved_of(bench *b)
{
    return b->l.bays[0].saved;
}

static vt_part_loss evaluate(bench *b)
{
    return vt_learner_evaluate(&b->l, BATCH, 0);
}

/* With a prediction of zeros: the mean square of targets, 1 - 1/P of those that are normalised; and
 * log K of codes. */
static void check_zeros(bench *b)
{
    int coded = vt_target_of(&b->config).coded, pairs = 0;
    for (isize p = 0; p < b->l.params.count; p++) {
        const vt_param_info *info = &b->l.params.info[p];
        if (strncmp(info->name, "head.decoder_pred", 17) == 0)
            memset(b->l.params.values + info->offset, 0,
                   (size_t)(info->rows * info->cols) * sizeof(vt_real));
    }
    for (int i = 0; i < BATCH; i++) pairs += b->l.draws[i * CHOICES];
    vt_part_loss part = evaluate(b);
    CU_ASSERT_EQUAL(part.pairs, pairs);
    check_near("loss", part.sum / pairs, coded ? log(6) : 1 - 1.0 / P, 1e-4);
}

static void a_prediction_of_zeros_costs_what_targets_vary(void)
{
    for_each_bench(check_zeros);
}

static void add_to_patch(bench *b, int image, int place, double shift)
{
    vt_real *pixels = b->l.images + image * PIXELS;
    for (int i = 0; i < P; i++)
        pixels[(place / SIDE * 2 + i / 2) * 8 + place % SIDE * 2 + i % 2] +=
            (vt_real)(shift * (i + 1));
}

/* Predictions know nothing of what is hidden, and something of each patch that is seen. */
static void check_knowledge(bench *b)
{
    static vt_real kept[BATCH * PATCHES * 8];
    isize values = vt_target_values(&((vt_hiding *)b->l.models[0])->shape.target);
    for (int t = 0; t < PATCHES; t++) {
        vt_part_loss before = evaluate(b);
        isize count = before.pairs * values;
        const int32_t *draws = b->l.draws + 2 * CHOICES;
        int hidden = t >= PATCHES - draws[0];
        memcpy(kept, saved_of(b)->head.pred, (size_t)count * sizeof *kept);
        add_to_patch(b, 2, draws[1 + t], 1.5);
        vt_part_loss after = evaluate(b);
        CU_ASSERT_EQUAL(core_same(kept, saved_of(b)->head.pred, count), hidden);
        if (!hidden || !vt_target_of(&b->config).coded) CU_ASSERT(after.sum != before.sum);
    }
}

static void predictions_know_what_is_seen_and_nothing_else(void)
{
    for_each_bench(check_knowledge);
}

/* Tokens are sets: the order within those seen, and within those hidden, is no information. */
static void check_order(bench *b)
{
    vt_part_loss before = evaluate(b);
    for (int i = 0; i < BATCH; i++) {
        int32_t *draws = b->l.draws + i * CHOICES, *places = draws + 1;
        int seen = PATCHES - draws[0];
        for (int t = 0; t < PATCHES; t++) {
            int from = t < seen ? 0 : seen, to = t < seen ? seen : PATCHES;
            int other = from + to - 1 - t; /* each part from its end */
            if (other <= t) continue;
            int32_t kept = places[t];
            places[t] = places[other];
            places[other] = kept;
        }
    }
    vt_part_loss after = evaluate(b);
    check_near("loss", after.sum / before.sum, 1, core_bound(1e-5, 1e-13));
}

static void the_order_of_tokens_does_not_matter(void)
{
    for_each_bench(check_order);
}

static void check_imagined(bench *b)
{
    static vt_real pixels[BATCH * PIXELS];
    static int32_t given[BATCH * PATCHES];
    vt_imagined out = {1, pixels, given};
    memcpy(pixels, b->l.images, sizeof pixels);
    CU_ASSERT_EQUAL(vt_learner_imagine(&b->l, BATCH, &out), 0);
    out.own = 0;
    CU_ASSERT_EQUAL(vt_learner_imagine(&b->l, BATCH, &out), 1);
    for (int i = 0; i < BATCH; i++) {
        const int32_t *draws = b->l.draws + i * CHOICES;
        for (int t = 0; t < PATCHES; t++) {
            int place = draws[1 + t], seen = t < PATCHES - draws[0], at = i * PIXELS;
            at += place / SIDE * 16 + place % SIDE * 2;
            CU_ASSERT_EQUAL(given[i * PATCHES + place], seen);
            CU_ASSERT_EQUAL(pixels[at] == b->l.images[at], seen);
            CU_ASSERT_EQUAL(pixels[at + 9] == b->l.images[at + 9], seen);
        }
    }
}

static void what_is_seen_is_given_and_the_rest_imagined(void)
{
    for_each_bench(check_imagined);
}

/* ---- what a batch tells ---- */

static void features_that_are_all_the_same_do_not_vary(void)
{
    vt_real rows[3 * 4] = {1, 2, 3, 4, 2, 4, 6, 8, 3, 6, 9, 12}, alone[2 * 2] = {5, 0, 0, 7};
    vt_features features = {.rows = rows, .C = 4};
    check_near("of one direction", vt_features_std(&features, 3), 0, 1e-3);
    features = (vt_features){.rows = alone, .C = 2};
    check_near("of two", vt_features_std(&features, 2), sqrt(0.5), 1e-6);
    vt_real two[] = {1, 2, 3, 6};
    vt_features_keep(&features, 1, two, 2);
    CU_ASSERT(alone[2] == 2 && alone[3] == 4);
}

static void check_metrics(bench *b)
{
    double values[VT_HIDING_METRICS] = {0};
    (void)vt_learner_step(&b->l, 0.001, 1);
    vt_learner_measure(&b->l, 1, values);
    CU_ASSERT(values[0] > 0.01 && values[0] <= 1);
    if (b->l.objective != &vt_objective_beit) return;
    for (int m = 1; m < VT_HIDING_METRICS; m++) CU_ASSERT(values[m] >= 1 && values[m] <= 6);
    CU_ASSERT(values[1] > 3); /* random patches have all codes */
}

static void a_step_tells_how_much_features_and_codes_vary(void)
{
    for_each_bench(check_metrics);
}

/* ---- configs ---- */

static void check_refused(const char *objective, void (*set)(vt_config *config), const char *word)
{
    vt_config config = objective_case_config(&(objective_case){.objective = "aim"});
    vt_error err = {0};
    core_choose(config.objective_name, objective);
    set(&config);
    CU_ASSERT_EQUAL(vt_objective_check(&config, &err), VT_ERR_CONFIG);
    CU_ASSERT(strstr(err.text, word) != NULL);
}

static void an_order(vt_config *config)
{
    core_choose(config->model_order, "spiral");
}

static void a_transformer(vt_config *config)
{
    core_choose(config->head_kind, "transformer");
    config->head_heads = 5;
}

static void five_heads(vt_config *config)
{
    config->head_heads = 5;
}

static void no_blocks(vt_config *config)
{
    config->head_depth = 0;
}

static void nothing(vt_config *config)
{
    (void)config;
}

static void what_does_not_fit_is_refused_with_its_key(void)
{
    check_refused("mae", an_order, "model.order");
    check_refused("mae", a_transformer, "head.kind");
    check_refused("mae", five_heads, "head.heads");
    check_refused("mae", no_blocks, "head.depth");
    check_refused("aim", a_transformer, "head.heads");
    check_refused("masked", a_transformer, "head.heads");
    check_refused("beit", nothing, "target.kind");
}

SUITE(hiding, {"the share that is seen is rounded down", the_share_that_is_seen_is_rounded_down},
      {"each patch is hidden as often as the others", each_patch_is_hidden_as_often_as_the_others},
      {"blocks are hidden in one piece", blocks_are_hidden_in_one_piece},
      {"the smallest grids hide a patch and show one",
       the_smallest_grids_hide_a_patch_and_show_one},
      {"a prediction of zeros costs what targets vary",
       a_prediction_of_zeros_costs_what_targets_vary},
      {"predictions know what is seen and nothing else",
       predictions_know_what_is_seen_and_nothing_else},
      {"the order of tokens does not matter", the_order_of_tokens_does_not_matter},
      {"what is seen is given and the rest imagined", what_is_seen_is_given_and_the_rest_imagined},
      {"features that are all the same do not vary", features_that_are_all_the_same_do_not_vary},
      {"a step tells how much features and codes vary",
       a_step_tells_how_much_features_and_codes_vary},
      {"what does not fit is refused with its key", what_does_not_fit_is_refused_with_its_key})
