/* Banks of probe heads: equal to the plain form, independent of one another, and able to learn. */
#include "base/heap.h"
#include "ops/softmax_xent.h"
#include "probe_case.h"
#include <string.h>

static const double TOLERANCE = sizeof(vt_real) == 8 ? 1e-11 : 2e-5;

static const vt_probe_shape small = {6, 5, 8, 2, 4};

static void folded_attention_equals_the_plain_form(void)
{
    probe_case_compare_shapes(TOLERANCE);
}

/* ---- one bank and many ---- */

static void a_bank_equals_banks_of_one_head(void)
{
    for (int kind = 0; kind < 2; kind++) {
        vt_bank_options options = probe_case_options((vt_probe_kind)kind, small);
        probe_case all, one;
        probe_case_open(&all, &options);
        for (isize g = 0; g < 3; g++) all.lrs[g] = 0.01 * (double)(g + 1);
        for (int step = 0; step < 5; step++)
            vt_bank_step(&all.bank, all.x, all.labels, 6, all.lrs, all.losses);
        for (isize g = 0; g < 3; g++) {
            options.count = 1;
            options.decays = probe_case_decays + g;
            probe_case_open(&one, &options);
            for (int step = 0; step < 5; step++)
                vt_bank_step(&one.bank, one.x, one.labels, 6, all.lrs + g, one.losses);
            check_near("loss", one.losses[0], all.losses[g], 1e-4);
            const vt_real *head = vt_bank_head(&all.bank, all.bank.values, g);
            for (isize i = 0; i < one.bank.params; i++)
                check_near("parameter", (double)one.bank.values[i], (double)head[i], 1e-4);
            vt_arena_close(&one.arena);
        }
        vt_arena_close(&all.arena);
    }
}

static void equal_steps_give_equal_bits_and_allocate_nothing(void)
{
    vt_bank_options options = probe_case_options(VT_PROBE_ATTENTIVE, small);
    probe_case a, b;
    probe_case_open(&a, &options);
    probe_case_open(&b, &options);
    uint64_t allocations = vt_heap_count();
    for (int step = 0; step < 4; step++) {
        vt_bank_step(&a.bank, a.x, a.labels, 6, a.lrs, a.losses);
        vt_bank_step(&b.bank, b.x, b.labels, 6, b.lrs, b.losses);
    }
    CU_ASSERT(vt_heap_count() == allocations);
    CU_ASSERT(a.bank.steps == 4);
    CU_ASSERT(
        memcmp(a.bank.state, b.bank.state, (size_t)a.bank.state_count * sizeof *a.bank.state) == 0);
    vt_arena_close(&a.arena);
    vt_arena_close(&b.arena);
}

static void a_head_that_diverges_leaves_the_others_alone(void)
{
    vt_bank_options options = probe_case_options(VT_PROBE_ATTENTIVE, small);
    probe_case a, b;
    vt_bank_total totals[3] = {{0}};
    probe_case_open(&a, &options);
    probe_case_open(&b, &options);
    b.lrs[1] = (double)INFINITY;
    for (int step = 0; step < 3; step++) {
        vt_bank_step(&a.bank, a.x, a.labels, 6, a.lrs, a.losses);
        vt_bank_step(&b.bank, b.x, b.labels, 6, b.lrs, b.losses);
    }
    size_t bytes = (size_t)a.bank.params * sizeof(vt_real);
    for (isize g = 0; g < 3; g += 2) {
        CU_ASSERT(a.losses[g] == b.losses[g]);
        CU_ASSERT(memcmp(vt_bank_head(&a.bank, a.bank.values, g),
                         vt_bank_head(&b.bank, b.bank.values, g), bytes) == 0);
    }
    vt_bank_score(&b.bank, b.x, b.labels, 6, totals);
    CU_ASSERT(isnan(b.losses[1]) && isnan(totals[1].loss));
    CU_ASSERT(totals[1].images == 6 && totals[1].top1 == 0 && totals[1].top5 == 0);
    CU_ASSERT(isfinite(totals[0].loss) && totals[0].top5 == 6); /* 4 classes: all are among 5 */
    vt_arena_close(&a.arena);
    vt_arena_close(&b.arena);
}

static void a_smaller_batch_is_as_good_as_a_bank_made_for_it(void)
{
    vt_bank_options options = probe_case_options(VT_PROBE_ATTENTIVE, small);
    probe_case large, fitting;
    probe_case_open(&large, &options);
    options.images_max = 2;
    probe_case_open(&fitting, &options);
    vt_bank_step(&large.bank, large.x, large.labels, 2, large.lrs, large.losses);
    vt_bank_step(&fitting.bank, large.x, large.labels, 2, large.lrs, fitting.losses);
    CU_ASSERT(memcmp(large.bank.state, fitting.bank.state,
                     (size_t)large.bank.state_count * sizeof(vt_real)) == 0);
    vt_arena_close(&large.arena);
    vt_arena_close(&fitting.arena);
}

/* ---- batch normalisation ---- */

static void running_statistics_follow_the_batch_and_rest_when_scoring(void)
{
    vt_bank_options options =
        probe_case_options(VT_PROBE_ATTENTIVE, (vt_probe_shape){2, 2, 2, 1, 2});
    const vt_real x[8] = {1, 10, 3, 10, 5, 10, 7, 10};
    vt_bank_total totals[3] = {{0}};
    probe_case c;
    probe_case_open(&c, &options);
    vt_bank_forward(&c.bank, x, 2, VT_BANK_TRAIN);
    /* Channel 0 holds 1 3 5 7: mean 4, squares about it 20, biased variance 5, unbiased 20/3. */
    check_near("mean", (double)c.bank.mean[0], 4, 1e-6);
    check_near("rstd", (double)c.bank.rstd[0], 1 / sqrt(5 + 1e-6), 1e-6);
    check_near("running mean", (double)c.bank.running_mean[0], 0.4, 1e-6);
    check_near("running variance", (double)c.bank.running_var[0], 0.9 + 0.1 * 20 / 3, 1e-6);
    check_near("constant channel's rstd", (double)c.bank.rstd[1], 1000, 1e-3);
    check_near("constant channel's variance", (double)c.bank.running_var[1], 0.9, 1e-6);
    vt_bank_score(&c.bank, x, c.labels, 2, totals);
    check_near("running mean", (double)c.bank.running_mean[0], 0.4, 1e-6);
    check_near("rstd when scoring", (double)c.bank.rstd[0], 1 / sqrt(0.9 + 0.1 * 20 / 3 + 1e-6),
               1e-6);
    vt_arena_close(&c.arena);
}

static void linear_heads_normalise_the_pooled_mean(void)
{
    vt_bank_options options = probe_case_options(VT_PROBE_LINEAR, (vt_probe_shape){2, 2, 1, 1, 2});
    const vt_real x[4] = {1, 3, 5, 7};
    probe_case c;
    probe_case_open(&c, &options);
    vt_real *head = vt_bank_head(&c.bank, c.bank.values, 1);
    memcpy(head, (const vt_real[4]){2, -1, (vt_real)0.5, 0}, 4 * sizeof *head);
    vt_bank_forward(&c.bank, x, 2, VT_BANK_TRAIN);
    /* Means 2 and 6 become -1 and 1; weights 2 and -1, biases 0.5 and 0. */
    const double want[4] = {-1.5, 1, 2.5, -1};
    probe_case_near("logits", c.bank.logits + 4, want, 4, 1e-6);
    check_near("running variance", (double)c.bank.running_var[0], 0.9 + 0.1 * 8, 1e-6);
    vt_arena_close(&c.arena);
}

static void without_batch_norm_features_pass_as_they_are(void)
{
    vt_bank_options options = probe_case_options(VT_PROBE_LINEAR, (vt_probe_shape){3, 1, 7, 1, 2});
    options.normalise = 0;
    probe_case c;
    probe_case_open(&c, &options);
    vt_bank_step(&c.bank, c.x, c.labels, 3, c.lrs, c.losses);
    for (int mode = 0; mode < 2; mode++) {
        vt_bank_forward(&c.bank, c.x, 3, mode ? VT_BANK_SCORE : VT_BANK_TRAIN);
        for (isize i = 0; i < 18; i++) {
            const vt_real *head = vt_bank_head(&c.bank, c.bank.values, i / 6);
            double want = (double)head[14 + i % 2];
            for (isize d = 0; d < 7; d++)
                want += (double)head[i % 2 * 7 + d] * (double)c.x[i / 2 % 3 * 7 + d];
            check_near("logit", (double)c.bank.logits[i], want, 1e-5);
        }
    }
    vt_arena_close(&c.arena);
}

/* ---- initial values and updates ---- */

static void heads_of_a_bank_start_alike_and_banks_do_not(void)
{
    for (int kind = 0; kind < 2; kind++) {
        vt_bank_options options =
            probe_case_options((vt_probe_kind)kind, (vt_probe_shape){1, 1, 32, 4, 10});
        probe_case a, b;
        probe_case_open(&a, &options);
        options.stream = 2;
        probe_case_open(&b, &options);
        size_t bytes = (size_t)a.bank.params * sizeof(vt_real);
        const vt_real *third = vt_bank_head(&a.bank, a.bank.values, 2);
        CU_ASSERT(memcmp(third, a.bank.values, bytes) == 0);
        CU_ASSERT(memcmp(third, b.bank.values, bytes) != 0);
        vt_arena_close(&a.arena);
        vt_arena_close(&b.arena);
    }
}

static double deviation(const vt_real *values, isize count)
{
    double sum = 0;
    for (isize i = 0; i < count; i++) sum += (double)values[i] * (double)values[i];
    return sqrt(sum / (double)count);
}

static void initial_values_have_their_sizes(void)
{
    isize width = 64, square = width * width;
    vt_bank_options options =
        probe_case_options(VT_PROBE_ATTENTIVE, (vt_probe_shape){1, 1, 64, 4, 100});
    probe_case c;
    probe_case_open(&c, &options);
    /* A uniform variable on +-b deviates by b/sqrt(3): Xavier's sqrt(6/(ins+outs)) by sqrt(2/..).
     */
    check_near("query", deviation(c.bank.values, width), 0.02, 0.006);
    check_near("k", deviation(c.bank.values + width, square), sqrt(2.0 / 128), 0.003);
    check_near("v", deviation(c.bank.values + width + square, square), sqrt(2.0 / 128), 0.003);
    check_near("classifier", deviation(c.bank.values + width + 2 * square, 100 * width),
               sqrt(2.0 / 164), 0.003);
    vt_arena_close(&c.arena);
    options.kind = VT_PROBE_LINEAR;
    probe_case_open(&c, &options);
    check_near("weight", deviation(c.bank.values, 100 * width), 0.01, 0.0005);
    check_near("bias", deviation(c.bank.values + 100 * width, 100), 0, 0);
    vt_arena_close(&c.arena);
}

static void each_head_is_clipped_by_its_own_norm(void)
{
    vt_bank_options options = probe_case_options(VT_PROBE_LINEAR, (vt_probe_shape){1, 1, 1, 1, 1});
    probe_case c;
    probe_case_open(&c, &options);
    const vt_real grads[6] = {6, 8, (vt_real)0.5,
                              0, 0, -3}; /* norms 10, 0.5 and 3 against a limit of 3 */
    memcpy(c.bank.grads, grads, sizeof grads);
    vt_bank_update(&c.bank, c.lrs);
    const double third = 3 / (3 + 1e-6);
    const double want[6] = {0.18, 0.24, 0.05, 0, 0, -0.3 * third}; /* m = 0.1 clipped gradient */
    probe_case_near("m", c.bank.m, want, 6, 1e-7);
    vt_arena_close(&c.arena);
    options.clip_norm = 0;
    probe_case_open(&c, &options);
    memcpy(c.bank.grads, grads, sizeof grads);
    vt_bank_update(&c.bank, c.lrs);
    check_near("m without a limit", (double)c.bank.m[0], 0.6, 1e-6);
    vt_arena_close(&c.arena);
}

/* Learning rate 0.1, decay 0.2, gradients 0.5 and then -0.25, by hand:
 *   step 1   m 0.05, v 0.00025; corrected 0.5 and 0.25; the step is 0.1 * 0.5 / 0.5 = 0.1
 *   step 2   m 0.02, v 0.00031225; corrected 0.02/0.19 and 0.00031225/0.001999 */
static void two_steps_of_adamw_are_those_worked_by_hand(void)
{
    static const double decays[1] = {0.2}, lrs[1] = {0.1};
    vt_bank_options options = probe_case_options(VT_PROBE_LINEAR, (vt_probe_shape){1, 1, 1, 1, 1});
    options.count = 1;
    options.decays = decays;
    probe_case c;
    probe_case_open(&c, &options);
    c.bank.values[0] = c.bank.values[1] = 1;
    c.bank.grads[0] = c.bank.grads[1] = (vt_real)0.5;
    vt_bank_update(&c.bank, lrs);
    check_near("weight", (double)c.bank.values[0], 0.98 - 0.1, 1e-6);
    check_near("bias, without decay", (double)c.bank.values[1], 0.9, 1e-6);
    c.bank.grads[0] = c.bank.grads[1] = (vt_real)-0.25;
    vt_bank_update(&c.bank, lrs);
    double step = 0.1 * (0.02 / 0.19) / sqrt(0.00031225 / 0.001999);
    check_near("weight", (double)c.bank.values[0], 0.98 * 0.88 - step, 1e-6);
    check_near("bias, without decay", (double)c.bank.values[1], 0.9 - step, 1e-6);
    vt_arena_close(&c.arena);
}

/* ---- learning ---- */

/* Noise, and for linear heads a little of the class in every token; for attentive heads the class
 * in one token alone, beside a marker by which it can be found. */
static void draw_toy(probe_case *c, uint64_t batch)
{
    const vt_bank_options *o = &c->bank.options;
    vt_rng rng = vt_rng_at(3, VT_RNG_TEST, batch, 0);
    for (isize b = 0; b < o->images_max; b++) {
        vt_real *x_b = c->x + b * o->tokens * o->width;
        int32_t label = (int32_t)vt_rng_below(&rng, (uint64_t)o->classes);
        isize found = (isize)vt_rng_below(&rng, (uint64_t)o->tokens);
        c->labels[b] = label;
        for (isize i = 0; i < o->tokens * o->width; i++)
            x_b[i] = (vt_real)(2 + vt_rng_normal(&rng));
        for (isize t = 0; t < o->tokens; t++) {
            vt_real *x_t = x_b + t * o->width;
            if (o->kind == VT_PROBE_LINEAR) {
                x_t[label] += (vt_real)1.5;
            } else if (t == found) {
                x_t[label] += 6;
                x_t[o->width - 1] += 8;
            }
        }
    }
}

static void a_toy_problem_is_learnt_from_held_out_images(void)
{
    for (int kind = 0; kind < 2; kind++) {
        vt_bank_options options =
            probe_case_options((vt_probe_kind)kind, (vt_probe_shape){128, 9, 16, 2, 7});
        probe_case c;
        probe_case_open(&c, &options);
        vt_bank_total totals[3] = {{0}}, before[3] = {{0}};
        draw_toy(&c, 1000);
        vt_bank_score(&c.bank, c.x, c.labels, 128, before);
        for (uint64_t step = 0; step < 300; step++) {
            draw_toy(&c, step);
            vt_bank_step(&c.bank, c.x, c.labels, 128, c.lrs, c.losses);
        }
        for (uint64_t batch = 1000; batch < 1008; batch++) {
            draw_toy(&c, batch);
            vt_bank_score(&c.bank, c.x, c.labels, 100, totals);
        }
        for (isize g = 0; g < 3; g++) {
            CU_ASSERT(before[g].top1 < 64);
            CU_ASSERT(totals[g].images == 800 && totals[g].top1 > 760);
            CU_ASSERT(totals[g].top5 >= totals[g].top1 && totals[g].loss < 0.3 * 800);
        }
        vt_arena_close(&c.arena);
    }
}

/* ---- cross-entropy and ranks ---- */

static void cross_entropy_is_that_worked_by_hand(void)
{
    const vt_real logits[6] = {0, 0, 0, (vt_real)log(3), 0, 0};
    const int32_t labels[2] = {1, 0};
    vt_real d[6] = {0};
    double loss = vt_softmax_xent(d, logits, labels, 2, 3, (vt_real)0.5);
    check_near("loss", loss, log(3) + log(5.0 / 3), 1e-6);
    const double want[6] = {1.0 / 6, -1.0 / 3, 1.0 / 6, -0.2, 0.1, 0.1};
    probe_case_near("dlogits", d, want, 6, 1e-6);
}

static void cross_entropy_survives_extreme_logits(void)
{
    const vt_real inf = (vt_real)INFINITY, nan = (vt_real)NAN;
    const int32_t labels[1] = {1};
    vt_real d[3] = {0};
    const vt_real far[3] = {10000, -10000, 9999}, none[3] = {0, -inf, 0}, broken[3] = {0, 1, nan};
    check_near("far", vt_softmax_xent(d, far, labels, 1, 3, 1), 20000 + log(1 + exp(-1)), 1e-2);
    check_near("gradient", (double)d[1], -1, 1e-6);
    CU_ASSERT(isinf(vt_softmax_xent(d, none, labels, 1, 3, 1)));
    CU_ASSERT(isnan(vt_softmax_xent(d, broken, labels, 1, 3, 1)));
}

static void a_tie_goes_to_the_smaller_class_and_nan_to_none(void)
{
    const vt_real tied[4] = {1, 2, 2, 0}, equal[4] = {0, 0, 0, 0},
                  broken[4] = {0, 5, (vt_real)NAN, 0};
    const isize want[4] = {2, 0, 1, 3};
    for (int32_t k = 0; k < 4; k++) {
        CU_ASSERT(vt_logits_rank(tied, 4, k) == want[k]);
        CU_ASSERT(vt_logits_rank(equal, 4, k) == k);
        CU_ASSERT(vt_logits_rank(broken, 4, k) == 4);
    }
}

SUITE(
    probe, {"folded attention equals the plain form", folded_attention_equals_the_plain_form},
    {"a bank equals banks of one head", a_bank_equals_banks_of_one_head},
    {"equal steps give equal bits and allocate nothing",
     equal_steps_give_equal_bits_and_allocate_nothing},
    {"a head that diverges leaves the others alone", a_head_that_diverges_leaves_the_others_alone},
    {"a smaller batch is as good as a bank made for it",
     a_smaller_batch_is_as_good_as_a_bank_made_for_it},
    {"running statistics follow the batch and rest when scoring",
     running_statistics_follow_the_batch_and_rest_when_scoring},
    {"linear heads normalise the pooled mean", linear_heads_normalise_the_pooled_mean},
    {"without batch norm features pass as they are", without_batch_norm_features_pass_as_they_are},
    {"heads of a bank start alike and banks do not", heads_of_a_bank_start_alike_and_banks_do_not},
    {"initial values have their sizes", initial_values_have_their_sizes},
    {"each head is clipped by its own norm", each_head_is_clipped_by_its_own_norm},
    {"two steps of AdamW are those worked by hand", two_steps_of_adamw_are_those_worked_by_hand},
    {"a toy problem is learnt from held-out images", a_toy_problem_is_learnt_from_held_out_images},
    {"cross-entropy is that worked by hand", cross_entropy_is_that_worked_by_hand},
    {"cross-entropy survives extreme logits", cross_entropy_survives_extreme_logits},
    {"a tie goes to the smaller class and NaN to none",
     a_tie_goes_to_the_smaller_class_and_nan_to_none})
