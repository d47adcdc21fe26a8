#include "base/heap.h"
#include "check.h"
#include "study/ablation.h"
#include "study/label.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

static lab_ablation *ablation;

static void start(void)
{
    lab_ablation_close(&ablation);
    lab_ablation_open(&ablation);
}

/* A loss of a run with that value of the key "k". */
static void add_of(const char *protocol, const char *value, const char *context, int seed, double y)
{
    char run[32];
    (void)snprintf(run, sizeof run, "%s/%zu/%d", value, strlen(context), seed);
    lab_ablation_add(ablation, &(lab_arm){.key = "k",
                                          .value = value,
                                          .run = run,
                                          .task = "pretrain",
                                          .context = context,
                                          .outcome = "loss",
                                          .protocol = protocol,
                                          .y = y,
                                          .seed = seed,
                                          .seeded = seed >= 0,
                                          .compares = true});
}

static void add(const char *value, const char *context, int seed, double y)
{
    add_of("", value, context, seed, y);
}

static const lab_contrast *settled(isize i)
{
    lab_ablation_settle(ablation, 0.95);
    lab_ablation_weigh(ablation, NULL);
    return lab_ablation_at(ablation, i);
}

static void words_are(const lab_contrast *c, const char *want)
{
    lab_text words = {0};
    lab_contrast_words(&words, c);
    CU_ASSERT_STRING_EQUAL(lab_text_of(&words), want);
    if (strcmp(lab_text_of(&words), want) != 0) (void)printf("\n    %s\n", lab_text_of(&words));
    lab_text_finish(&words);
}

static void n_is(const lab_contrast *c, const char *want)
{
    lab_text words = {0};
    lab_contrast_n(&words, c);
    CU_ASSERT_STRING_EQUAL(lab_text_of(&words), want);
    lab_text_finish(&words);
}

/* Student's two-sided p has a closed form where there are 2 degrees of freedom. */
static double p_of_2(double t)
{
    return 1 - fabs(t) / sqrt(2 + t * t);
}

/* ---- one contrast ---- */

/* Differences -0.03, -0.03, -0.035: mean -0.095 / 3, standard error 0.005 / 3, t -19. */
static void three_seeds_of_two_values_are_three_pairs(void)
{
    start();
    add("0.2", "", 3, 0.475);
    add("0.1", "", 1, 0.52);
    add("0.1", "", 2, 0.50);
    add("0.2", "", 1, 0.49);
    add("0.1", "", 3, 0.51);
    add("0.2", "", 2, 0.47);
    const lab_contrast *c = settled(0);
    CU_ASSERT(lab_ablation_count(ablation) == 1 && c->whole && c->contexts == 1);
    CU_ASSERT(c->groups.paired && c->groups.n_a == 3 && c->groups.n_b == 3);
    CU_ASSERT_STRING_EQUAL(c->a->value, "0.1");
    CU_ASSERT_STRING_EQUAL(c->b->value, "0.2");
    check_near("difference", c->effect.difference, -0.095 / 3, 1e-15);
    check_near("p", c->effect.p, p_of_2(19), 1e-12);
    check_near("low", c->effect.interval.low, -0.095 / 3 - 4.302652729911275 * 0.005 / 3, 1e-12);
    check_near("permutation", c->permutation.p, 2.0 / 8, 0);
    check_near("alone in its family", c->p_holm, c->effect.p, 0);
    CU_ASSERT(c->family == 1 && c->verdict == LAB_CONTRAST_LOWER && c->seeds >= 2);
    CU_ASSERT(c->detectable > 0.005 && c->detectable < 0.0317);
    words_are(c, "lower by 0.03167 (better)");
}

static void pairs_need_all_seeds_of_the_smaller_group(void)
{
    start();
    for (int seed = 1; seed <= 3; seed++) add("a", "", seed, 0.5 + 0.01 * seed * seed);
    for (int seed = 1; seed <= 4; seed++) add("b", "", seed, 0.6 + 0.012 * seed * seed);
    const lab_contrast *c = settled(0);
    CU_ASSERT(c->groups.paired && c->groups.n_a == 3 && c->groups.n_b == 3);
    check_near("the seed without a partner is left out", c->effect.b.mean, 0.6 + 0.012 * 14 / 3,
               1e-15);
    start();
    for (int seed = 1; seed <= 3; seed++) add("a", "", seed, 0.5 + 0.01 * seed * seed);
    for (int seed = 2; seed <= 5; seed++) add("b", "", seed, 0.6 + 0.012 * seed * seed);
    c = settled(0);
    CU_ASSERT(!c->groups.paired && c->groups.n_a == 3 && c->groups.n_b == 4);
    CU_ASSERT(c->effect.pairs.n == 0 && c->effect.df > 2 && c->effect.df < 5);
    CU_ASSERT(c->permutation.arrangements == 35);
}

static void seeds_that_are_not_known_or_come_twice_pair_nothing(void)
{
    for (int twice = 0; twice < 2; twice++) {
        start();
        for (int i = 1; i <= 3; i++) {
            add("a", "", twice ? 1 + i / 3 : -1, 0.5 + 0.01 * i);
            add("b", "", twice ? 1 + i / 3 : -1, 0.6 + 0.01 * i);
        }
        const lab_contrast *c = settled(0);
        CU_ASSERT(!c->groups.paired && c->groups.n_a == 3 && c->groups.n_b == 3);
        check_near("df", c->effect.df, 4, 1e-12);
    }
}

static void one_seed_says_nothing(void)
{
    start();
    add("a", "", 1, 0.5);
    for (int seed = 1; seed <= 4; seed++) add("b", "", seed, 0.5 + 0.01 * seed * seed);
    const lab_contrast *c = settled(0);
    CU_ASSERT(c->verdict == LAB_CONTRAST_ONE_SEED && c->family == 0);
    check_near("there is a difference", c->effect.difference, 0.01, 1e-15);
    CU_ASSERT(isnan(c->effect.p) && isnan(c->p_holm) && isnan(c->effect.interval.low));
    CU_ASSERT(isnan(c->detectable) && isnan(c->permutation.p) && c->seeds == 0);
    words_are(c, "one seed: nothing can be said");
}

static void a_key_that_decides_what_a_loss_is_of_has_no_verdict(void)
{
    start();
    for (int seed = 0; seed < 6; seed++)
        lab_ablation_add(ablation, &(lab_arm){.key = "target.norm_pix",
                                              .value = seed % 2 ? "true" : "false",
                                              .run = "run",
                                              .task = "pretrain",
                                              .context = "",
                                              .outcome = "loss",
                                              .protocol = "",
                                              .y = 0.1 * seed * seed,
                                              .seed = seed / 2,
                                              .seeded = true});
    const lab_contrast *c = settled(0);
    CU_ASSERT(c->verdict == LAB_CONTRAST_APART && isnan(c->effect.p) && isnan(c->permutation.p));
    CU_ASSERT(c->family == 0 && isnan(c->effect.interval.high) && isnan(c->detectable));
}

/* ---- several ---- */

/* Pairs of a and b differ by 1 and d, of b and c by 1 and e and so on: each t has a closed form. */
static void three_values_are_a_family(void)
{
    const double y[3][3] = {{1, 2, 3}, {2, 3.1, 3.9}, {2, 3.3, 4.5}};
    const char *const values[] = {"9", "10", "11"}; /* numbers, not words */
    double p[3], t;
    start();
    for (int v = 2; v >= 0; v--)
        for (int seed = 0; seed < 3; seed++) add(values[v], "", seed, y[v][seed]);
    const lab_contrast *first = settled(0);
    CU_ASSERT(lab_ablation_count(ablation) == 3);
    t = 1 / (0.1 / sqrt(3)); /* 1, 1.1, 0.9 */
    p[0] = p_of_2(t);
    t = 3.8 / 3 / (sqrt((0.8 * 0.8 + 0.1 * 0.1 + 0.7 * 0.7) / 9 / 2) / sqrt(3)); /* 1, 1.3, 1.5 */
    p[1] = p_of_2(t);
    t = 0.8 / 3 / (sqrt((0.8 * 0.8 + 0.2 * 0.2 + 1) / 9 / 2) / sqrt(3)); /* 0, 0.2, 0.6 */
    p[2] = p_of_2(t);
    check_near("9 to 10", first->effect.p, p[0], 1e-12);
    check_near("9 to 11", lab_ablation_at(ablation, 1)->effect.p, p[1], 1e-12);
    check_near("10 to 11", lab_ablation_at(ablation, 2)->effect.p, p[2], 1e-12);
    CU_ASSERT(p[0] < p[1] && p[1] < p[2]);
    check_near("the least, three times", first->p_holm, 3 * p[0], 1e-12);
    check_near("the next, twice", lab_ablation_at(ablation, 1)->p_holm, 2 * p[1], 1e-12);
    check_near("the last, once", lab_ablation_at(ablation, 2)->p_holm, p[2], 1e-12);
    CU_ASSERT(first->family == 3 && first->verdict == LAB_CONTRAST_HIGHER);
    CU_ASSERT_STRING_EQUAL(lab_ablation_at(ablation, 2)->b->value, "11");
    words_are(first, "higher by 1 (worse)");
    words_are(lab_ablation_at(ablation, 2), "not distinguishable");
}

static void values_that_are_no_number_stand_after_numbers(void)
{
    const char *const values[] = {"nan", "0.1", "0.2", "0.3", "NAN", "0.05", "inf", "7", "-nan"};
    const char *const sorted[] = {"0.05", "0.1", "0.2", "0.3", "7", "inf", "-nan", "NAN", "nan"};
    isize at = 0;
    start();
    for (int v = 0; v < 9; v++)
        for (int seed = 0; seed < 3; seed++) add(values[v], "", seed, 0.5 + 0.01 * v * seed);
    (void)settled(0);
    CU_ASSERT_FATAL(lab_ablation_count(ablation) == 36);
    for (int a = 0; a < 9; a++)
        for (int b = a + 1; b < 9; b++, at++) {
            CU_ASSERT_STRING_EQUAL(lab_ablation_at(ablation, at)->a->value, sorted[a]);
            CU_ASSERT_STRING_EQUAL(lab_ablation_at(ablation, at)->b->value, sorted[b]);
        }
}

/* Three contexts, of one seed, of two, and of one that has no partner. */
static void several_contexts_have_a_contrast_over_all(void)
{
    start();
    add("off", "depth: 2\nwidth: 16\n", 1, 0.50);
    add("on", "depth: 2\nwidth: 16\n", 1, 0.48);
    add("off", "depth: 2\nwidth: 32\n", 1, 0.40);
    add("on", "depth: 2\nwidth: 32\n", 1, 0.37);
    add("off", "depth: 2\nwidth: 32\n", 2, 0.41);
    add("on", "depth: 2\nwidth: 32\n", 2, 0.37);
    add("off", "depth: 2\nwidth: 64\n", 1, 0.30);
    const lab_contrast *all = settled(0), *narrow = lab_ablation_at(ablation, 1);
    const lab_contrast *wide = lab_ablation_at(ablation, 2);
    CU_ASSERT(lab_ablation_count(ablation) == 3);
    CU_ASSERT(all->contexts == 2 && all->whole && all->groups.paired && !all->by_seed);
    CU_ASSERT(all->groups.n_a == 2 && all->arms_a == 3 && all->arms_b == 3);
    n_is(all, "2 contexts");
    check_near("each context counts alike", all->effect.difference, -0.0275, 1e-15);
    check_near("p of 0.02, 0.035", all->effect.p, 1 - 2 / acos(-1) * atan(0.0275 / 0.0075), 1e-12);
    CU_ASSERT(!narrow->whole && narrow->verdict == LAB_CONTRAST_ONE_SEED);
    CU_ASSERT_STRING_EQUAL(narrow->context, "width 16");
    CU_ASSERT(!wide->whole && wide->groups.n_a == 2 && wide->contexts == 1);
    CU_ASSERT_STRING_EQUAL(wide->context, "width 32");
    CU_ASSERT(all->family == 1 && wide->family == 1);
    check_near("a family of its own", wide->p_holm, wide->effect.p, 0);
}

/* What a seed does, it does in all ten contexts: three seeds stay three, not thirty. */
static void a_seed_in_several_contexts_is_evidence_once(void)
{
    const double does[] = {0.01, 0.02, 0.06};
    start();
    for (int context = 0; context < 10; context++) {
        char name[32];
        (void)snprintf(name, sizeof name, "width: %d\n", context + 10);
        for (int seed = 0; seed < 3; seed++) {
            add("off", name, seed, 0.5 + 0.01 * context);
            add("on", name, seed, 0.5 + 0.01 * context + does[seed] + 0.001 * (context % 2));
        }
        add("off", name, 5 + context, 0.1); /* without a partner */
    }
    add("off", "width: 10\n", 3, 0.5); /* a pair that no other context has */
    add("on", "width: 10\n", 3, 0.9);
    const lab_contrast *all = settled(0);
    CU_ASSERT(all->contexts == 10 && all->by_seed && all->groups.n_a == 3 && all->arms_a == 30);
    for (isize i = 0; i < all->arms_a; i++)
        CU_ASSERT(all->arms[i]->seed == i % 3 && all->arms[i + 30]->seed == i % 3);
    n_is(all, "3 seeds over 10 contexts");
    check_near("difference", all->effect.difference, 0.03 + 0.0005, 1e-12);
    check_near("df", all->effect.df, 2, 0);
    double sd = sqrt((0.02 * 0.02 + 0.01 * 0.01 + 0.03 * 0.03) / 2);
    check_near("p of three seeds", all->effect.p, p_of_2(0.0305 / (sd / sqrt(3))), 1e-9);
    CU_ASSERT(all->permutation.arrangements == 8 && all->verdict == LAB_CONTRAST_UNCLEAR);
}

static void one_seed_in_several_contexts_is_one_seed(void)
{
    start();
    for (int context = 0; context < 3; context++) {
        const char *const names[] = {"width: 8\n", "width: 16\n", "width: 32\n"};
        add("off", names[context], 4, 0.5);
        add("on", names[context], 4, 0.4 + 0.001 * context * context);
    }
    const lab_contrast *all = settled(0);
    CU_ASSERT(all->by_seed && all->groups.n_a == 1 && all->verdict == LAB_CONTRAST_ONE_SEED);
    n_is(all, "1 seed over 3 contexts");
}

/* Two protocols of two contexts each, and a third of one. */
static void no_mean_is_over_losses_of_different_protocols(void)
{
    const char *const protocols[] = {"patch: 4\n", "patch: 7\n", "patch: 8\n"};
    const char *const contexts[] = {"patch: 4\nwidth: 8\n", "patch: 4\nwidth: 9\n",
                                    "patch: 7\nwidth: 8\n", "patch: 7\nwidth: 9\n",
                                    "patch: 8\nwidth: 9\n"};
    start();
    for (int k = 0; k < 5; k++)
        for (int seed = 0; seed < 3; seed++) {
            add_of(protocols[k / 2], "off", contexts[k], seed, 0.5);
            add_of(protocols[k / 2], "on", contexts[k], seed, 0.6 + k / 2 + 0.01 * seed * seed);
        }
    (void)settled(0);
    CU_ASSERT_FATAL(lab_ablation_count(ablation) == 7);
    for (int p = 0; p < 3; p++) {
        const lab_contrast *c = lab_ablation_at(ablation, p * 3);
        CU_ASSERT(c->whole && c->contexts == (p == 2 ? 1 : 2) && c->groups.n_a == 3);
        CU_ASSERT(c->family == 3);
        check_near("difference", c->effect.difference, 0.1 + p + 0.05 / 3, 1e-12);
        CU_ASSERT(strncmp(c->protocol, "patch ", 6) == 0 && c->protocol[6] == protocols[p][7]);
    }
    CU_ASSERT_STRING_EQUAL(lab_ablation_at(ablation, 1)->context, "width 8");
}

static void of_many_values_neighbours_and_the_first_are_compared(void)
{
    lab_text words = {0};
    for (int values = 24; values <= 300; values += 276) {
        start();
        for (int v = 0; v < values; v++) {
            char value[16];
            (void)snprintf(value, sizeof value, "%d", v);
            for (int seed = 0; seed < 2; seed++) add(value, "", seed, v + 0.01 * seed * v);
        }
        lab_ablation_settle(ablation, 0.95);
        lab_ablation_left_out(&words, ablation);
        CU_ASSERT(lab_ablation_count(ablation) == (values == 24 ? 24 * 23 / 2 : 299 + 298));
        CU_ASSERT((words.length > 0) == (values == 300));
    }
    CU_ASSERT_PTR_NOT_NULL(strstr(lab_text_of(&words), "44253 comparisons")); /* of 300 * 299 / 2 */
    CU_ASSERT_STRING_EQUAL(lab_ablation_at(ablation, 298)->b->value, "299");
    CU_ASSERT_STRING_EQUAL(lab_ablation_at(ablation, 299)->a->value, "1");
    CU_ASSERT_STRING_EQUAL(lab_ablation_at(ablation, 299)->b->value, "2");
    lab_text_finish(&words);
}

static void contexts_without_pairs_have_none_over_all(void)
{
    start();
    for (int context = 0; context < 2; context++)
        for (int i = 0; i < 3; i++) {
            add("off", context ? "width: 16" : "width: 32", i, 0.5 + 0.01 * i);
            add("on", context ? "width: 16" : "width: 32", i + 10, 0.6 + 0.01 * i);
        }
    const lab_contrast *c = settled(0);
    CU_ASSERT(lab_ablation_count(ablation) == 2 && c->whole && c->family == 2);
    CU_ASSERT(!c->groups.paired);
}

static void add_probe(const char *value, int seed, const char *kind, const char *probe, double y)
{
    lab_ablation_add(ablation, &(lab_arm){.key = "k",
                                          .value = value,
                                          .run = "run",
                                          .task = "pretrain",
                                          .context = "",
                                          .outcome = kind,
                                          .protocol = probe,
                                          .y = y,
                                          .seed = seed,
                                          .seeded = true,
                                          .compares = true});
}

static void only_equal_probes_compare_and_more_is_better(void)
{
    start();
    for (int seed = 0; seed < 3; seed++) {
        add("a", "", seed, 0.5 + 0.01 * seed);
        add("b", "", seed, 0.5 + 0.02 * seed);
        for (int b = 0; b < 2; b++) {
            add_probe(b ? "b" : "a", seed, "linear", "probe.epochs=2\nprobe.batch=8",
                      0.8 + 0.05 * b + 0.001 * seed * (1 + b));
            add_probe(b ? "b" : "a", seed, "linear", "probe.epochs=8\nprobe.batch=8",
                      0.9 - 0.05 * b + 0.001 * seed * (1 + b));
        }
    }
    CU_ASSERT_STRING_EQUAL(settled(0)->a->outcome, "loss");
    CU_ASSERT(lab_ablation_count(ablation) == 3);
    const lab_contrast *few = lab_ablation_at(ablation, 1), *many = lab_ablation_at(ablation, 2);
    CU_ASSERT_STRING_EQUAL(few->protocol, "probe.epochs=2");
    CU_ASSERT_STRING_EQUAL(many->protocol, "probe.epochs=8");
    CU_ASSERT(few->family == 2 && many->family == 2);
    words_are(few, "higher by 5.10 points (better)");
    words_are(many, "lower by 4.90 points (worse)");
}

static void a_loss_that_is_not_finite_is_left_out(void)
{
    start();
    add("a", "", 1, (double)NAN);
    add("a", "", 2, 0.5);
    add("b", "", 1, (double)INFINITY);
    lab_ablation_settle(ablation, 0.95);
    CU_ASSERT(lab_ablation_count(ablation) == 0);
    lab_ablation_close(&ablation);
}

static void labels_have_what_differs(void)
{
    const char *const texts[] = {"\na: 1\nb: x: y\n", "\na: 1\nb: z\n", "\na: 1\nb: z\nc: 3\n"};
    const char *const want[] = {"b x: y", "b z", "b z, c 3"};
    char *labels[3];
    lab_label_apart(labels, texts, 3);
    for (int i = 0; i < 3; i++) {
        CU_ASSERT_STRING_EQUAL(labels[i], want[i]);
        lab_heap_free(labels[i]);
    }
    lab_label_apart(labels, texts, 1);
    CU_ASSERT_STRING_EQUAL(labels[0], "");
    lab_heap_free(labels[0]);
}

SUITE(ablation,
      {"three seeds of two values are three pairs", three_seeds_of_two_values_are_three_pairs},
      {"pairs need all seeds of the smaller group", pairs_need_all_seeds_of_the_smaller_group},
      {"seeds that are not known, or come twice, pair nothing",
       seeds_that_are_not_known_or_come_twice_pair_nothing},
      {"one seed says nothing", one_seed_says_nothing},
      {"a key that decides what a loss is of has no verdict",
       a_key_that_decides_what_a_loss_is_of_has_no_verdict},
      {"three values are a family", three_values_are_a_family},
      {"values that are no number stand after numbers",
       values_that_are_no_number_stand_after_numbers},
      {"several contexts have a contrast over all", several_contexts_have_a_contrast_over_all},
      {"a seed in several contexts is evidence once", a_seed_in_several_contexts_is_evidence_once},
      {"one seed in several contexts is one seed", one_seed_in_several_contexts_is_one_seed},
      {"no mean is over losses of different protocols",
       no_mean_is_over_losses_of_different_protocols},
      {"of many values neighbours and the first are compared",
       of_many_values_neighbours_and_the_first_are_compared},
      {"contexts without pairs have none over all", contexts_without_pairs_have_none_over_all},
      {"only equal probes compare, and more is better",
       only_equal_probes_compare_and_more_is_better},
      {"labels have what differs", labels_have_what_differs},
      {"a loss that is not finite is left out", a_loss_that_is_not_finite_is_left_out})
