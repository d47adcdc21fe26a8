#include "check.h"
#include "published.h"
#include "stats/distribution.h"
#include "stats/power_law.h"
#include <math.h>
#include <string.h>

enum { ROWS = 512, LINE = PUBLISHED_LINE };

/* ---- distributions ---- */

static void quantiles_match_printed_tables(void)
{
    check_near("normal .975", lab_normal_quantile(0.975), 1.959963984540054, 1e-12);
    check_near("normal 1e-10", lab_normal_quantile(1e-10), -6.361340902404056, 1e-9);
    check_near("t .975, 1", lab_student_quantile(0.975, 1), 12.706204736432095, 1e-9);
    check_near("t .975, 2", lab_student_quantile(0.975, 2), 4.302652729749463, 1e-12);
    check_near("t .975, 5", lab_student_quantile(0.975, 5), 2.5705818356363146, 1e-12);
    check_near("t .95, 10", lab_student_quantile(0.95, 10), 1.8124611228107335, 1e-12);
    check_near("t .975, 30", lab_student_quantile(0.975, 30), 2.0422724563012373, 1e-12);
    check_near("t .025 mirrors", lab_student_quantile(0.025, 5), -2.5705818356363146, 1e-12);
    /* z + (z^3 + z) / (4 df) for many degrees of freedom */
    check_near("t nears z", lab_student_quantile(0.975, 1e4), 1.960201240, 1e-8);
}

static void closed_forms_agree(void)
{
    for (double t = -6; t <= 6; t += 0.75) {
        check_near("Cauchy", lab_student_cdf(t, 1), 0.5 + atan(t) / 3.14159265358979323846, 1e-13);
        check_near("t of 2", lab_student_cdf(t, 2), 0.5 + t / (2 * sqrt(2 + t * t)), 1e-13);
    }
    /* I_x(2, 3) = 6 x^2 - 8 x^3 + 3 x^4 */
    check_near("beta at 1/2", lab_beta_incomplete(0.5, 2, 3), 0.6875, 1e-14);
    check_near("beta at .9", lab_beta_incomplete(0.9, 2, 3), 0.9963, 1e-13);
}

static void arguments_out_of_range_give_nan(void)
{
    CU_ASSERT(isnan(lab_normal_quantile(0)));
    CU_ASSERT(isnan(lab_normal_quantile((double)NAN)));
    CU_ASSERT(isnan(lab_student_quantile(0.5, 0)));
    CU_ASSERT(isnan(lab_student_quantile(1, 5)));
    CU_ASSERT(isnan(lab_beta_incomplete(1.5, 1, 1)));
    CU_ASSERT(isnan(lab_proportion_interval(1.5, 10, 0.95).low));
    CU_ASSERT(isnan(lab_proportion_interval(0.5, 0, 0.95).high));
}

static void shares_have_width_even_at_their_ends(void)
{
    /* no hit of 10: high = z^2 / (10 + z^2) */
    double z2 = 1.959963984540054 * 1.959963984540054;
    lab_interval none = lab_proportion_interval(0, 10, 0.95);
    check_near("low of 0", none.low, 0, 1e-15);
    check_near("high of 0", none.high, z2 / (10 + z2), 1e-12);
    lab_interval all = lab_proportion_interval(1, 10, 0.95);
    check_near("low of 1", all.low, 10 / (10 + z2), 1e-12);
    check_near("high of 1", all.high, 1, 1e-15);
    lab_interval half = lab_proportion_interval(0.5, 100, 0.95);
    check_near("half is centred", half.low + half.high, 1, 1e-12);
    check_near("low of half", half.low, 0.4038315303659957, 1e-12);
}

/* ---- power law ---- */

static void exact_law_is_recovered(void)
{
    double x[9], y[9];
    for (int i = 0; i < 9; i++) {
        x[i] = pow(10, 12 + 0.5 * i);
        y[i] = 3.5 * pow(x[i], -0.0625);
    }
    lab_power_law law;
    lab_power_law_fit(&law, x, y, 9, 0.95);
    CU_ASSERT_PTR_NULL(law.reason);
    check_near("b", law.b, -0.0625, 1e-14);
    check_near("a", law.a, 3.5, 1e-11);
    check_near("r2", law.r2, 1, 1e-12);
    check_near("decades", law.decades, 4, 1e-12);
    lab_interval band;
    check_near("line", lab_power_law_at(&law, 1e20, &band), 3.5 * pow(1e20, -0.0625), 1e-13);
    check_near("no width", band.high - band.low, 0, 1e-12);
}

static void worked_fit_comes_out(void)
{
    /* log x = 0 1 2, log y = 0 1 1: b = 1/2, residuals -1/6 1/3 -1/6, so with one degree of
     * freedom sd = sqrt(1/6), se = sd / sqrt 2, r2 = 1 - (1/6) / (2/3). */
    const double x[] = {1, exp(1), exp(2)}, y[] = {1, exp(1), exp(1)};
    const double t = 12.706204736432095, sd = sqrt(1.0 / 6);
    lab_power_law law;
    lab_power_law_fit(&law, x, y, 3, 0.95);
    check_near("b", law.b, 0.5, 1e-14);
    check_near("a", law.a, exp(1.0 / 6), 1e-14);
    check_near("se", law.b_se, sd / sqrt(2), 1e-14);
    check_near("low", law.b_interval.low, 0.5 - t * sd / sqrt(2), 1e-9);
    check_near("high", law.b_interval.high, 0.5 + t * sd / sqrt(2), 1e-9);
    check_near("r2", law.r2, 0.75, 1e-14);
    lab_interval band;
    check_near("middle", lab_power_law_at(&law, exp(1), &band), exp(2.0 / 3), 1e-13);
    check_near("band low", log(band.low), 2.0 / 3 - t * sd / sqrt(3), 1e-9);
    (void)lab_power_law_at(&law, exp(3), &band);
    check_near("band at the end", log(band.high), 2.0 / 3 + 1 + t * sd * sqrt(1.0 / 3 + 2), 1e-8);
}

static void hopeless_fits_are_refused_with_a_reason(void)
{
    const double x[] = {1, 2, 3}, same[] = {2, 2, 2}, zero[] = {1, 0, 2}, bad[] = {1, HUGE_VAL, 2};
    lab_power_law law;
    lab_interval band;
    lab_power_law_fit(&law, x, x, 2, 0.95);
    CU_ASSERT_STRING_EQUAL(law.reason, "fewer than 3 points");
    lab_power_law_fit(&law, same, x, 3, 0.95);
    CU_ASSERT_STRING_EQUAL(law.reason, "fewer than 2 distinct x");
    lab_power_law_fit(&law, x, zero, 3, 0.95);
    CU_ASSERT_STRING_EQUAL(law.reason, "a y is not finite and positive");
    lab_power_law_fit(&law, bad, x, 3, 0.95);
    CU_ASSERT_STRING_EQUAL(law.reason, "an x is not finite and positive");
    CU_ASSERT(isnan(law.b) && isnan(lab_power_law_at(&law, 1, &band)) && isnan(band.low));
}

/* ---- published experiments ---- */

static void porian_optima_give_the_published_exponents(void)
{
    static const double want[] = {0.833768, 0.700899, 0.603528, 0.571425, 0.497029};
    static double x[5][ROWS], y[5][ROWS];
    static char names[5][LINE];
    ptrdiff_t n[5] = {0};
    char line[LINE], copy[LINE];
    FILE *file = published_open("porian_optimal_pairs.csv");
    if (!file) return;
    int known = 0;
    while (published_line(file, line)) {
        const char *config = published_field(copy, line, 1);
        if (strncmp(line, "summary_df,", 11) != 0 || strncmp(config, "rw|", 3) != 0) continue;
        int at = 0;
        while (at < known && strcmp(names[at], config) != 0) at++;
        if (at == 5) continue;
        if (at == known) memcpy(names[known++], copy, LINE);
        if (n[at] == ROWS || *published_field(copy, line, 3) == '\0')
            continue; /* no optimum there */
        x[at][n[at]] = published_real(line, 2);
        y[at][n[at]++] = published_real(line, 3);
    }
    CU_ASSERT_EQUAL(known, 5);
    for (int i = 0; i < known; i++) {
        lab_power_law law;
        lab_power_law_fit(&law, x[i], y[i], n[i], 0.95);
        check_near(names[i], law.b, want[i], 1e-6);
    }
}

SUITE(stats, {"quantiles match printed tables", quantiles_match_printed_tables},
      {"closed forms agree", closed_forms_agree},
      {"arguments out of range give nan", arguments_out_of_range_give_nan},
      {"shares have width even at their ends", shares_have_width_even_at_their_ends},
      {"an exact law is recovered", exact_law_is_recovered},
      {"a worked fit comes out", worked_fit_comes_out},
      {"hopeless fits are refused with a reason", hopeless_fits_are_refused_with_a_reason},
      {"porian: optima give the published exponents", porian_optima_give_the_published_exponents})
