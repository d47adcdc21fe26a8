/* Exponents and optima of surfaces whose answers are known. */
#include "check.h"
#include "law/approach.h"
#include "law/data.h"
#include <math.h>
#include <string.h>

enum { RUNS = 75 };

/* E, A, B, alpha, beta; the bias of parabolas at 1e24 on the design below. */
static const struct {
    double value[5], a, ratio;
} surfaces[] = {{{1.69, 400, 400, 0.31, 0.31}, 0.5, 1.000000},
                {{1.69, 406.4, 410.7, 0.34, 0.28}, 0.451613, 1.036776},
                {{1.69, 406.4, 410.7, 0.465, 0.155}, 0.25, 1.200774}};
enum { SURFACES = sizeof surfaces / sizeof *surfaces };

typedef struct {
    lab_runs runs;
    double size[RUNS], data[RUNS], compute[RUNS], loss[RUNS];
    double theta[LAB_LAW_PARAMETERS];
} design;

/* Budgets 1e17 .. 1e21, 15 points each to one decade on both sides of the optimum times off. */
static void lay_out(design *to, int surface, double off, double scatter)
{
    const lab_law *law = lab_law_find("chinchilla");
    const lab_law_cost cost = {.factor = 6};
    for (int p = 0; p < 5; p++) to->theta[p] = lab_law_theta(law, p, surfaces[surface].value[p]);
    for (int i = 0; i < RUNS; i++) {
        lab_optimum best;
        to->compute[i] = pow(10, 17 + (double)(i / 15));
        CU_ASSERT_FATAL(lab_optimum_at(&best, law, to->theta, &cost, to->compute[i]));
        to->size[i] = best.n * off * pow(10, (double)(i % 15 - 7) / 7);
        to->data[i] = to->compute[i] / (6 * to->size[i]);
        double x = sin((i + 1) * 12.9898) * 43758.5453;
        to->loss[i] = lab_optimum_loss(law, to->theta, &cost, to->size[i], to->data[i]) *
                      exp(scatter * (2 * (x - floor(x)) - 1));
    }
    to->runs = (lab_runs){RUNS, to->size, to->data, to->compute, to->loss, NULL, NULL};
}

static void all_approaches_give_the_exponents_of_exact_surfaces(void)
{
    const lab_approach_options options = {.draws = -1};
    for (int s = 0; s < SURFACES; s++) {
        static design made;
        lab_approach got[LAB_APPROACHES];
        lay_out(&made, s, 1, 0);
        double alpha = surfaces[s].value[3], beta = surfaces[s].value[4];
        lab_approach_envelope(&got[0], &made.runs, &options);
        lab_approach_isoflop(&got[1], &made.runs, &options);
        lab_approach_surface(&got[2], lab_law_find("chinchilla"), made.theta, 6, NULL, 0);
        check_near("as stated", beta / (alpha + beta), surfaces[s].a, 5e-7);
        for (int k = 0; k < LAB_APPROACHES; k++) {
            CU_ASSERT_PTR_NULL(got[k].reason);
            CU_ASSERT_EQUAL((int)got[k].kind, k);
            check_near(lab_approach_name(k), got[k].n.exponent, beta / (alpha + beta), 1e-9);
            check_near(lab_approach_name(k), got[k].d.exponent, alpha / (alpha + beta), 1e-9);
        }
        CU_ASSERT_EQUAL(got[0].n.points, 5);
        CU_ASSERT_EQUAL(got[1].n.points, 5);
        CU_ASSERT_EQUAL(got[1].budgets, 5);
        check_near("N* by parabolas over N*",
                   lab_approach_at(&got[1].n, 1e24) / lab_approach_at(&got[2].n, 1e24),
                   surfaces[s].ratio, 1e-5);
    }
}

static void the_bias_of_parabolas_is_known_and_taken_out(void)
{
    static design made;
    const lab_law *law = lab_law_find("chinchilla");
    const lab_approach_options options = {.draws = -1};
    lab_approach isoflop, surface;
    lab_approach_bias bias;
    lab_optimum best;
    lay_out(&made, 2, 1, 0);
    for (int i = 0; i < RUNS; i++) { /* a centre that drifts: the exponent is off, too */
        made.size[i] *= pow(made.compute[i] / 1e19, 0.15);
        made.data[i] = made.compute[i] / (6 * made.size[i]);
        made.loss[i] =
            lab_optimum_loss(law, made.theta, &(lab_law_cost){0}, made.size[i], made.data[i]);
    }
    lab_approach_isoflop(&isoflop, &made.runs, &options);
    lab_approach_surface(&surface, law, made.theta, 6, NULL, 0);
    lab_approach_isoflop_bias(&bias, &isoflop, &made.runs, &options, law, made.theta, 1e24);
    CU_ASSERT(lab_optimum_at(&best, law, made.theta, &(lab_law_cost){0}, 1e24));
    CU_ASSERT_PTR_NULL(bias.reason);
    CU_ASSERT(fabs(bias.exponent) > 0.003);
    check_near("a", bias.corrected, surface.n.exponent, 1e-9);
    check_near("N*", bias.corrected_n, best.n, 1e-9 * best.n);
}

static void approaches_have_intervals_and_tell_where_they_lie_apart(void)
{
    static design made;
    const lab_approach_options options = {.draws = 300, .seed = 3};
    lab_approach got[2];
    lay_out(&made, 1, 1, 0.002);
    lab_approach_envelope(&got[0], &made.runs, &options);
    lab_approach_isoflop(&got[1], &made.runs, &options);
    for (int k = 0; k < 2; k++) {
        const lab_interval a = got[k].n.interval, b = got[k].d.interval;
        CU_ASSERT(a.low < 0.4516 && 0.4516 < a.high && a.high - a.low < 0.5);
        CU_ASSERT(b.low < 0.5484 && 0.5484 < b.high);
    }
    CU_ASSERT_EQUAL(lab_approach_disagree(got, 2), 0);
    got[0].n.interval = (lab_interval){got[1].n.interval.high + 0.01, 1};
    CU_ASSERT_EQUAL(lab_approach_disagree(got, 2), 1u << 1);
    got[0].n.interval.low = (double)NAN;
    CU_ASSERT_EQUAL(lab_approach_disagree(got, 2), 0);
}

/* Where each run has a twin, draws of single runs take twins for news: their intervals are too
 * narrow, by about sqrt(2). By cluster they are those of the runs alone. */
static void draws_take_clusters_whole(void)
{
    enum { TWO = 2 * RUNS };
    static design made;
    static double columns[4][TWO];
    static isize cluster[TWO];
    const lab_approach_options options = {.draws = 400, .seed = 3};
    lay_out(&made, 1, 1, 0.002);
    for (isize i = 0; i < TWO; i++) {
        columns[0][i] = made.size[i / 2];
        columns[1][i] = made.data[i / 2];
        columns[2][i] = made.compute[i / 2];
        columns[3][i] = made.loss[i / 2];
        cluster[i] = 1000 - i / 2;
    }
    lab_runs twins = {TWO, columns[0], columns[1], columns[2], columns[3], NULL, NULL};
    for (int k = 0; k < 2; k++) {
        lab_approach alone, single, whole;
        void (*approach)(lab_approach *, const lab_runs *, const lab_approach_options *) =
            k ? lab_approach_isoflop : lab_approach_envelope;
        approach(&alone, &made.runs, &options);
        twins.cluster = NULL;
        approach(&single, &twins, &options);
        twins.cluster = cluster;
        approach(&whole, &twins, &options);
        check_near("exponent", whole.n.exponent, alone.n.exponent, 1e-9);
        check_near("low", whole.n.interval.low, alone.n.interval.low, 1e-9);
        check_near("high", whole.d.interval.high, alone.d.interval.high, 1e-9);
        CU_ASSERT(k == 0 || single.n.interval.high - single.n.interval.low <
                                0.9 * (whole.n.interval.high - whole.n.interval.low));
    }
}

static void vertices_outside_the_samples_count_only_where_asked_for(void)
{
    static design made;
    lab_approach got;
    lay_out(&made, 1, 15, 0); /* every model is larger than the best one */
    lab_approach_isoflop(&got, &made.runs, &(lab_approach_options){.draws = -1});
    CU_ASSERT_PTR_NOT_NULL_FATAL(got.reason);
    CU_ASSERT_EQUAL(got.dropped, 5);
    CU_ASSERT(isnan(got.n.exponent));
    lab_approach_isoflop(&got, &made.runs, &(lab_approach_options){.draws = -1, .outside = true});
    CU_ASSERT_PTR_NULL(got.reason);
    CU_ASSERT_EQUAL(got.n.points, 5);
    CU_ASSERT(got.n.exponent > 0.3 && got.n.exponent < 0.6);
}

static void budgets_are_runs_of_nearly_equal_compute(void)
{
    static const double size[] = {1, 2, 4, 1, 2, 4, 8, 3}, data[] = {4, 2, 1, 8, 4, 2, 1, 100};
    static const double loss[] = {3, 2, 3, 2, 1.5, 1.5, 2, 1};
    static const double compute[] = {24, 25, 26, 48, 49, 48, 48, 1800};
    static const isize named[] = {0, 0, 0, 1, 1, 1, -1, 1};
    lab_runs runs = {8, size, data, compute, loss, NULL, NULL};
    lab_budgets budgets;
    lab_budgets_init(&budgets, &runs, 0);
    CU_ASSERT_EQUAL_FATAL(budgets.count, 3);
    CU_ASSERT_EQUAL(budgets.at[0].n, 3);
    CU_ASSERT_EQUAL(budgets.at[1].n, 4);
    CU_ASSERT_EQUAL(budgets.at[2].n, 1);
    check_near("vertex", budgets.at[0].by_size.vertex, 2, 1e-12);
    check_near("floor", budgets.at[0].by_size.floor, 2, 1e-12);
    check_near("curvature", budgets.at[0].by_size.curvature, 1 / (log(2) * log(2)), 1e-12);
    check_near("between two of equal loss", budgets.at[1].by_data.vertex, sqrt(8), 1e-12);
    CU_ASSERT(budgets.at[0].by_size.inside && isnan(budgets.at[2].by_size.vertex));
    lab_budgets_finish(&budgets);
    runs.budget = named;
    lab_budgets_init(&budgets, &runs, 0);
    CU_ASSERT_EQUAL(budgets.count, 2);
    CU_ASSERT_EQUAL(budgets.at[0].n + budgets.at[1].n, 7);
    lab_budgets_finish(&budgets);
}

/* ---- optimum ---- */

static double counted(const void *context, double n, double d) /* a head beside the trunk */
{
    return 6 * (n + *(const double *)context) * d;
}

static void no_other_size_is_better_than_the_optimum(void)
{
    static design made;
    const double head = 3e7;
    const lab_law_cost costs[] = {{.factor = 6}, {.function = counted, .context = &head}};
    lay_out(&made, 1, 1, 0);
    for (int k = 0; k < 2; k++)
        for (int l = 0; l < 2; l++) {
            static const double trained[LAB_LAW_PARAMETERS] = {0.4, 5, 5.2, 0.12};
            const lab_law *law = lab_law_find(l ? "overtrained" : "chinchilla");
            const double *theta = l ? trained : made.theta;
            lab_optimum best;
            CU_ASSERT_FATAL(lab_optimum_at(&best, law, theta, &costs[k], 1e19));
            check_near("it costs what there is", lab_law_cost_of(&costs[k], best.n, best.d), 1e19,
                       1e9);
            check_near("ratio", best.ratio, best.d / best.n, 1e-9 * best.ratio);
            for (int i = -40; i <= 40; i++) {
                double n = best.n * exp(0.05 * i), d = lab_law_cost_data(&costs[k], n, 1e19);
                CU_ASSERT(lab_optimum_loss(law, theta, &costs[k], n, d) >= best.loss - 1e-14);
            }
            double n = 2 * best.n, d = lab_law_cost_data(&costs[k], n, 1e19);
            check_near("twice too large", best.penalty_large,
                       lab_optimum_loss(law, theta, &costs[k], n, d) - best.loss, 1e-12);
            CU_ASSERT(best.penalty_small > 0 && best.penalty_large > 0);
        }
}

static void a_function_that_counts_six_is_the_factor_six(void)
{
    static design made;
    const double no_head = 0;
    const lab_law *law = lab_law_find("chinchilla");
    lab_optimum plain, searched;
    lay_out(&made, 2, 1, 0);
    CU_ASSERT(lab_optimum_at(&plain, law, made.theta, &(lab_law_cost){0}, 1e22));
    CU_ASSERT(lab_optimum_at(&searched, law, made.theta,
                             &(lab_law_cost){.function = counted, .context = &no_head}, 1e22));
    check_near("N*", searched.n, plain.n, 1e-6 * plain.n); /* flat at the bottom */
    check_near("L*", searched.loss, plain.loss, 1e-13);
    CU_ASSERT(lab_optimum_ratio(&searched, law, made.theta,
                                &(lab_law_cost){.function = counted, .context = &no_head}, 1e22,
                                20));
    check_near("D / N", searched.d / searched.n, 20, 1e-9);
    check_near("C", 6 * searched.n * searched.d, 1e22, 1e13);
    check_near("what it costs", searched.penalty_large, searched.loss - plain.loss, 1e-13);
}

static void an_optimum_has_intervals_and_loses_draws_that_have_none(void)
{
    static design made;
    static double theta[3 * 5], rest[3];
    const lab_law *law = lab_law_find("chinchilla");
    lab_draws draws = {.law = law, .count = 3, .theta = theta, .rest = rest};
    lab_optimum_band band;
    lab_optimum low, high;
    lay_out(&made, 1, 1, 0);
    for (int d = 0; d < 3; d++) memcpy(theta + (isize)5 * d, made.theta, 5 * sizeof *theta);
    theta[5 + 4] *= 1.1; /* data help more: larger models */
    theta[10 + 4] = 0;   /* no optimum */
    lab_optimum_intervals(&band, &draws, &(lab_law_cost){0}, 1e20, 0, 1);
    CU_ASSERT(lab_optimum_at(&low, law, theta, &(lab_law_cost){0}, 1e20));
    CU_ASSERT(lab_optimum_at(&high, law, theta + 5, &(lab_law_cost){0}, 1e20));
    CU_ASSERT_EQUAL(band.lost, 1);
    check_near("low N*", band.n.low, fmin(low.n, high.n), 1e-9 * low.n);
    check_near("high N*", band.n.high, fmax(low.n, high.n), 1e-9 * high.n);
    check_near("low D/N", band.ratio.low, fmin(low.ratio, high.ratio), 1e-9 * low.ratio);
    check_near("high L*", band.loss.high, fmax(low.loss, high.loss), 1e-12);
}

SUITE(law_approach,
      {"all approaches give the exponents of exact surfaces",
       all_approaches_give_the_exponents_of_exact_surfaces},
      {"the bias of parabolas is known and taken out",
       the_bias_of_parabolas_is_known_and_taken_out},
      {"approaches have intervals and tell where they lie apart",
       approaches_have_intervals_and_tell_where_they_lie_apart},
      {"draws take clusters whole", draws_take_clusters_whole},
      {"vertices outside the samples count only where asked for",
       vertices_outside_the_samples_count_only_where_asked_for},
      {"budgets are runs of nearly equal compute", budgets_are_runs_of_nearly_equal_compute},
      {"no other size is better than the optimum", no_other_size_is_better_than_the_optimum},
      {"a function that counts six is the factor six",
       a_function_that_counts_six_is_the_factor_six},
      {"an optimum has intervals and loses draws that have none",
       an_optimum_has_intervals_and_loses_draws_that_have_none})
