#include "check.h"
#include "stats/effect.h"
#include "stats/resample.h"
#include <math.h>

/* Hours of sleep that two drugs added, ten patients: Student, Biometrika 6, 1908. The results for
 * them are those of R's manual page of t.test. */
static const double one[] = {0.7, -1.6, -0.2, -1.2, -0.1, 3.4, 3.7, 0.8, 0, 2};
static const double two[] = {1.9, 0.8, 1.1, 0.1, -0.1, 4.4, 5.5, 1.6, 4.6, 3.4};
static double work[1000];

static lab_effect effect_of(const lab_groups *groups)
{
    lab_effect effect;
    lab_effect_compute(&effect, groups, 0.95);
    return effect;
}

/* n values with mean 0 and a standard deviation of exactly sd, to rounding. */
static void scatter(double *x, int n, double sd)
{
    for (int i = 0; i < n; i++) x[i] = i - (n - 1) / 2.0;
    lab_mean s = lab_mean_of(x, n);
    for (int i = 0; i < n; i++) x[i] *= sd / lab_mean_sd(&s);
}

/* ---- the difference ---- */

static void a_sample_is_its_mean_and_spread(void)
{
    const double x[] = {2, 4, 4, 4, 5, 5, 7, 9}, same[] = {0.1, 0.1, 0.1};
    lab_mean s = lab_mean_of(x, 8), none = lab_mean_of(x, 0), flat = lab_mean_of(same, 3);
    check_near("mean", s.mean, 5, 1e-15);
    check_near("sd", lab_mean_sd(&s), sqrt(32.0 / 7), 1e-15);
    double half = 2.3646242515927844 * sqrt(32.0 / 7 / 8); /* t .975, 7 */
    check_near("low", lab_mean_interval(&s, 0.95).low, 5 - half, 1e-12);
    check_near("high", lab_mean_interval(&s, 0.95).high, 5 + half, 1e-12);
    check_near("no spread", lab_mean_sd(&flat), 0, 0);
    CU_ASSERT(none.n == 0 && isnan(lab_mean_sd(&none)));
    CU_ASSERT(isnan(lab_mean_interval(&none, 0.95).low));
}

static void sleep_is_compared_as_published(void)
{
    lab_effect paired = effect_of(&(lab_groups){one, two, 10, 10, true});
    check_near("paired difference", paired.difference, 1.58, 1e-14);
    check_near("df", paired.df, 9, 0);
    check_near("t", paired.difference / paired.se, 4.0621, 5e-5);
    check_near("p", paired.p, 0.002833, 5e-7);
    check_near("low", paired.interval.low, 0.7001142, 5e-8);
    check_near("high", paired.interval.high, 2.4598858, 5e-8);
    lab_effect welch = effect_of(&(lab_groups){one, two, 10, 10, false});
    check_near("difference", welch.difference, 1.58, 1e-14);
    check_near("Welch's df", welch.df, 17.776, 5e-4);
    check_near("Welch's t", welch.difference / welch.se, 1.8608, 5e-5);
    check_near("Welch's p", welch.p, 0.07939, 5e-6);
    check_near("Welch's low", welch.interval.low, -0.2054832, 5e-8);
    check_near("Welch's high", welch.interval.high, 3.3654832, 5e-8);
    CU_ASSERT(welch.pairs.n == 0 && paired.pairs.n == 10 && !welch.reason && !paired.reason);
}

static void what_allows_no_interval_has_a_reason(void)
{
    const double x[] = {1, 2, 3}, bad[] = {1, (double)NAN, 3}, same[] = {2, 2, 2};
    const double near[] = {1.1, 2.1, 3.1}, huge[] = {1e200, 2e200, 3e200};
    lab_effect e = effect_of(&(lab_groups){x, x + 1, 1, 2, false});
    CU_ASSERT_STRING_EQUAL(e.reason, "fewer than 2 values in a group: no interval");
    check_near("but a difference", e.difference, 1.5, 0);
    CU_ASSERT(isnan(e.interval.low) && isnan(e.p) && isnan(lab_effect_detectable(&e)));
    CU_ASSERT(lab_effect_seeds(&e, 1) == 0);
    e = effect_of(&(lab_groups){x, x, 3, 2, true});
    CU_ASSERT_STRING_EQUAL(e.reason, "groups of different sizes cannot be paired");
    e = effect_of(&(lab_groups){x, bad, 3, 3, false});
    CU_ASSERT_STRING_EQUAL(e.reason, "a value is not finite");
    CU_ASSERT(isnan(e.difference));
    e = effect_of(&(lab_groups){x, x, 3, 0, false});
    CU_ASSERT_STRING_EQUAL(e.reason, "a group is empty");
    e = effect_of(&(lab_groups){same, same, 3, 3, false});
    CU_ASSERT_STRING_EQUAL(e.reason, "the values do not scatter: no interval");
    e = effect_of(&(lab_groups){x, near, 3, 3, true}); /* pairs differ by .1 and roundings */
    CU_ASSERT_STRING_EQUAL(e.reason, "the values do not scatter: no interval");
    check_near("a constant difference", e.difference, 0.1, 1e-15);
    e = effect_of(&(lab_groups){x, huge, 3, 3, false});
    CU_ASSERT_STRING_EQUAL(e.reason, "the values scatter too far: no interval");
    CU_ASSERT(isnan(lab_effect_permute(&(lab_groups){x, bad, 3, 3, true}, 0, work).p));
    CU_ASSERT(isnan(lab_effect_permute(&(lab_groups){x, x, 1, 3, false}, 0, work).p));
}

/* ---- permutation ---- */

static void worked_permutations_come_out(void)
{
    const double a[] = {1, 2, 3}, b[] = {4, 5, 6}, low[] = {0.1, 0.3}, high[] = {0.2, 0.2, 0.4};
    lab_permutation p = lab_effect_permute(&(lab_groups){a, b, 3, 3, false}, 0, work);
    CU_ASSERT(p.exact && p.arrangements == 20);
    check_near("two ends of 20", p.p, 2.0 / 20, 1e-15);
    p = lab_effect_permute(&(lab_groups){a, b, 3, 3, true}, 0, work);
    CU_ASSERT(p.exact && p.arrangements == 8);
    check_near("two of 8 signs", p.p, 2.0 / 8, 1e-15);
    p = lab_effect_permute(&(lab_groups){a, a, 3, 3, true}, 0, work);
    check_near("no difference", p.p, 1, 0);
    /* Sums of two of .1 .2 .2 .3 .4, from their mean .48: .3 .3 .4 .5 .4 .5 .6 .5 .6 .7; that
     * seen is .4, .08 away, and those of .5, .02 away, alone are nearer. */
    p = lab_effect_permute(&(lab_groups){low, high, 2, 3, false}, 0, work);
    check_near("ties in spite of rounding", p.p, 0.7, 1e-15);
    check_near("either group may be smaller",
               lab_effect_permute(&(lab_groups){high, low, 3, 2, false}, 0, work).p, 0.7, 1e-15);
}

static void sleep_is_arranged_in_all_ways(void)
{
    double shuffled[10];
    /* by enumeration with itertools: 4 of 1024 signs, 245 of 11 over 5 choices */
    lab_permutation p = lab_effect_permute(&(lab_groups){one, two, 10, 10, true}, 0, work);
    CU_ASSERT(p.exact && p.arrangements == 1024);
    check_near("signs", p.p, 4.0 / 1024, 1e-15);
    p = lab_effect_permute(&(lab_groups){one, two, 6, 5, false}, 0, work);
    CU_ASSERT(p.exact && p.arrangements == 462);
    check_near("choices", p.p, 245.0 / 462, 1e-15);
    /* 20 over 10 is 184756: drawn, and then near what 200000 draws of SciPy gave, .0814 */
    p = lab_effect_permute(&(lab_groups){one, two, 10, 10, false}, 0, work);
    CU_ASSERT(!p.exact && p.arrangements == LAB_PERMUTATION_DRAWS + 1);
    check_near("drawn", p.p, 0.0814, 0.01);
    for (int i = 0; i < 10; i++) shuffled[i] = two[(i * 3 + 1) % 10];
    check_near("in any order",
               lab_effect_permute(&(lab_groups){one, shuffled, 10, 10, false}, 0, work).p, p.p, 0);
    double other = lab_effect_permute(&(lab_groups){one, two, 10, 10, false}, 1, work).p;
    CU_ASSERT(fabs(other - p.p) > 0 && fabs(other - p.p) < 0.015);
}

static void drawn_signs_are_near_all_signs(void)
{
    /* 15 pairs are 32768 arrangements, too many to look at all of; 14 are not. The fifteenth pair
     * does not differ, so that both ask the same. */
    double a[15] = {0},
           b[15] = {1.2, -0.4, 0.9, 0.3, -0.8, 1.5, 0.2, -0.1, 0.7, 0.6, -0.5, 0.4, 1.1, -0.3, 0};
    lab_permutation all = lab_effect_permute(&(lab_groups){a, b, 14, 14, true}, 0, work);
    lab_permutation drawn = lab_effect_permute(&(lab_groups){a, b, 15, 15, true}, 0, work);
    CU_ASSERT(all.exact && all.arrangements == 16384 && !drawn.exact);
    check_near("signs", drawn.p, all.p, 4 * sqrt(all.p * (1 - all.p) / LAB_PERMUTATION_DRAWS));
    CU_ASSERT(all.p > 0.01 && all.p < 0.5);
    /* Of 2^40 signs no drawn ones are all alike: that seen stands alone, and p is not 0. */
    double zero[40] = {0}, above[40];
    for (int i = 0; i < 40; i++) above[i] = 1 + i;
    check_near("never 0", lab_effect_permute(&(lab_groups){zero, above, 40, 40, true}, 0, work).p,
               1.0 / (LAB_PERMUTATION_DRAWS + 1), 1e-15);
}

/* ---- power ---- */

static void noncentral_t_is_as_published(void)
{
    /* R's manual of power.t.test, which leaves the far side out: n = 20, delta 1, sd 1; and .9 at
     * n = 22.02110 */
    check_near("power", lab_student_beyond(lab_student_quantile(0.975, 38), 38, sqrt(10)),
               0.8689528, 3e-7);
    double n = 22.02110, df = 2 * n - 2;
    check_near("of .9", lab_student_beyond(lab_student_quantile(0.975, df), df, sqrt(n / 2)), 0.9,
               1e-6);
    for (double t = 0; t < 5; t += 0.5) {
        check_near("central", lab_student_beyond(t, 3, 0), 2 * lab_student_cdf(-t, 3), 1e-9);
        check_near("either side", lab_student_beyond(t, 2.5, -2), lab_student_beyond(t, 2.5, 2),
                   1e-15);
    }
    /* For df = 1 and t = 0 all is beyond; for many degrees it is normal. */
    check_near("all", lab_student_beyond(0, 1, 3), 1, 1e-12);
    check_near("normal", lab_student_beyond(1.959963984540054, 1e8, 2.8), 0.7995569, 1e-6);
    CU_ASSERT(isnan(lab_student_beyond(-1, 3, 0)) && isnan(lab_student_beyond(1, 0, 0)));
}

/* Cohen, Statistical Power Analysis, 1988, table 2.4.1: n of each group at .05 and .80. */
static void seeds_are_those_of_printed_tables(void)
{
    static const struct {
        double size;
        ptrdiff_t seeds, pairs;
    } want[] = {{0.2, 393, 199}, {0.5, 64, 34}, {0.8, 26, 15}};
    double a[10], b[10], zero[10] = {0};
    scatter(a, 10, 1);
    scatter(b, 10, 1);
    lab_effect welch = effect_of(&(lab_groups){a, b, 10, 10, false});
    lab_effect pairs = effect_of(&(lab_groups){zero, b, 10, 10, true});
    for (size_t i = 0; i < sizeof want / sizeof *want; i++) {
        ptrdiff_t seeds = lab_effect_seeds(&welch, want[i].size);
        CU_ASSERT(seeds == want[i].seeds || seeds == want[i].seeds + 1); /* printed ones round */
        CU_ASSERT_EQUAL(lab_effect_seeds(&pairs, -want[i].size), want[i].pairs);
    }
    for (int i = 0; i < 10; i++) a[i] = 1e-100 * b[i]; /* as if one group did not scatter */
    for (int i = 0; i < 10; i++) b[i] = 1e-90 * b[i];
    lab_effect tiny = effect_of(&(lab_groups){a, b, 10, 10, false});
    check_near("df", tiny.df, 9, 1e-9);
    CU_ASSERT_EQUAL(lab_effect_seeds(&tiny, 0.5e-90), 34);
    CU_ASSERT_EQUAL(lab_effect_seeds(&welch, 0), 0);
    CU_ASSERT_EQUAL(lab_effect_seeds(&welch, 1e-6), 0);
    CU_ASSERT_EQUAL(lab_effect_seeds(&welch, 1e6), 2);
}

static void what_is_detectable_needs_those_seeds(void)
{
    double a[40], b[40], zero[40] = {0};
    scatter(b, 20, 1);
    scatter(a, 20, 1);
    /* R: power.t.test(n = 20, power = .8); Welch's test is a little weaker */
    lab_effect e = effect_of(&(lab_groups){a, b, 20, 20, false});
    check_near("20 a group", lab_effect_detectable(&e), 0.909129, 2e-3);
    scatter(b, 3, 1);
    e = effect_of(&(lab_groups){zero, b, 3, 3, true});
    check_near("3 pairs", lab_effect_detectable(&e), 3.264044, 1e-4); /* SciPy's nct */
    /* As long as one group alone scatters, these are its pairs with 0: 2 pairs, noncentral t. */
    scatter(b, 2, 1);
    for (int n = 2; n <= 40; n += 38) {
        e = effect_of(&(lab_groups){zero, b, n, 2, false});
        check_near("2 of one group", lab_effect_detectable(&e), 11.54989, 1e-3);
    }
    for (int n = 2; n <= 40; n += 1 + n / 3) {
        scatter(a, n, 1);
        scatter(b, n, 3);
        e = effect_of(&(lab_groups){a, b, n, n, false});
        CU_ASSERT_EQUAL(lab_effect_seeds(&e, lab_effect_detectable(&e) * 1.0001), n);
        e = effect_of(&(lab_groups){zero, b, n, n, true});
        CU_ASSERT_EQUAL(lab_effect_seeds(&e, lab_effect_detectable(&e) * 1.0001), n);
    }
}

static double normal(uint64_t draw, uint64_t place)
{
    const ptrdiff_t many = (ptrdiff_t)1 << 40;
    double u = ((double)lab_resample_drawn(5, draw, 2 * place, many) + 0.5) / (double)many;
    double v = ((double)lab_resample_drawn(5, draw, 2 * place + 1, many) + 0.5) / (double)many;
    return sqrt(-2 * log(u)) * cos(6.283185307179586 * v); /* Box and Muller */
}

/* Welch's test of simulated groups finds what is detectable in 80 % of them, 3 standard errors. */
static void what_is_detectable_is_found_as_often_as_said(void)
{
    enum { DRAWS = 20000 };
    static const struct {
        int n_a, n_b;
        double sd_a, sd_b;
    } cases[] = {{2, 2, 1, 1}, {3, 3, 1, 1}, {3, 3, 1, 3}, {6, 3, 1, 3}, {2, 9, 1, 5}};
    for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
        double a[9], b[9];
        scatter(a, cases[c].n_a, cases[c].sd_a);
        scatter(b, cases[c].n_b, cases[c].sd_b);
        const lab_groups groups = {a, b, cases[c].n_a, cases[c].n_b, false};
        lab_effect e = effect_of(&groups);
        double size = lab_effect_detectable(&e);
        int found = 0;
        for (uint64_t draw = 0; draw < DRAWS; draw++) {
            for (int i = 0; i < 9; i++) {
                a[i] = cases[c].sd_a * normal(draw, (uint64_t)i);
                b[i] = size + cases[c].sd_b * normal(draw, (uint64_t)i + 9);
            }
            e = effect_of(&groups);
            found += e.interval.low > 0 || e.interval.high < 0;
        }
        check_near("power", found / (double)DRAWS, 0.8, 3 * sqrt(0.8 * 0.2 / DRAWS));
    }
}

/* ---- families ---- */

static void a_family_is_corrected_as_by_hand(void)
{
    const double p[] = {0.04, 0.01, (double)NAN, 0.03, 0.02, 0.9};
    /* 5 tests: .01 * 5, .02 * 4, .03 * 3, .04 * 2 but not below the one before, .9 */
    const double want[] = {0.09, 0.05, 0, 0.09, 0.08, 0.9};
    const double ties[] = {0.02, 0.02, 0.7, 0.6}; /* .02 * 4 for both; .6 * 2 is 1 at most */
    double got[6];
    lab_effect_holm(got, p, 6);
    for (int i = 0; i < 6; i++)
        if (i != 2) check_near("p", got[i], want[i], 1e-15);
    CU_ASSERT(isnan(got[2]));
    lab_effect_holm(got, ties, 4);
    check_near("tie", got[0], 0.08, 1e-15);
    check_near("tie", got[1], 0.08, 1e-15);
    check_near("at most 1", got[2], 1, 0);
    lab_effect_holm(got, p, 0);
    lab_effect_holm(got, p, 1);
    check_near("alone", got[0], 0.04, 0);
}

/* By definition: of those that are as small or smaller, the largest p times the tests left. */
static void many_tests_are_corrected_as_by_definition(void)
{
    enum { MANY = 200 };
    double p[MANY], got[MANY];
    for (int i = 0; i < MANY; i++) p[i] = i % 9 ? (i * 37 % 101) / 20000.0 : (double)NAN;
    lab_effect_holm(got, p, MANY);
    for (int i = 0; i < MANY; i++) {
        double want = 0;
        for (int j = 0; j < MANY; j++) {
            int left = 0;
            for (int k = 0; k < MANY; k++) left += p[k] >= p[j];
            if (p[j] <= p[i]) want = fmax(want, fmin(1, left * p[j]));
        }
        CU_ASSERT(isnan(p[i]) ? isnan(got[i]) : fabs(got[i] - want) < 1e-12);
    }
}

SUITE(effect, {"a sample is its mean and spread", a_sample_is_its_mean_and_spread},
      {"sleep is compared as published", sleep_is_compared_as_published},
      {"what allows no interval has a reason", what_allows_no_interval_has_a_reason},
      {"worked permutations come out", worked_permutations_come_out},
      {"sleep is arranged in all ways", sleep_is_arranged_in_all_ways},
      {"drawn signs are near all signs", drawn_signs_are_near_all_signs},
      {"noncentral t is as published", noncentral_t_is_as_published},
      {"seeds are those of printed tables", seeds_are_those_of_printed_tables},
      {"what is detectable needs those seeds", what_is_detectable_needs_those_seeds},
      {"what is detectable is found as often as said",
       what_is_detectable_is_found_as_often_as_said},
      {"a family is corrected as by hand", a_family_is_corrected_as_by_hand},
      {"many tests are corrected as by definition", many_tests_are_corrected_as_by_definition})
