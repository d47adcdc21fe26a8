#include "check.h"
#include "published.h"
#include "stats/correlation.h"
#include "stats/distribution.h"
#include "stats/power_law.h"
#include "stats/resample.h"
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { ROWS = 512 };

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

/* ---- correlation ---- */

static void ties_share_their_mean_rank(void)
{
    const double x[] = {3, 1, 2, 2, 2, -0.0, 0.0};
    const double want[] = {7, 3, 5, 5, 5, 1.5, 1.5};
    double ranks[7], work[7];
    lab_correlation_ranks(ranks, x, 7, work);
    for (int i = 0; i < 7; i++) check_near("rank", ranks[i], want[i], 0);
}

static void worked_example_comes_out(void)
{
    /* x: ranks 1 2.5 2.5 4; y: ranks 1 2 3.5 3.5; rho = 3.75 / 4.5 by hand.
     * r of the values: sxy = 20, sxx = 2, syy = 275. */
    const double x[] = {1, 2, 2, 3}, y[] = {10, 20, 30, 30};
    static double work[ROWS * 7 + LAB_RESAMPLE_DRAWS];
    lab_correlation got;
    lab_correlation_compute(&got, x, y, 4, 0.95, 1, work);
    CU_ASSERT_PTR_NULL(got.reason);
    check_near("spearman", got.spearman, 3.75 / 4.5, 1e-15);
    check_near("pearson", got.pearson, 20 / sqrt(2.0 * 275), 1e-15);
    double half = 1.959963984540054; /* / sqrt(4 - 3) */
    check_near("fisher low", got.pearson_fisher.low, tanh(atanh(got.pearson) - half), 1e-12);
    check_near("fisher high", got.pearson_fisher.high, tanh(atanh(got.pearson) + half), 1e-12);
    CU_ASSERT(isnan(got.spearman_bootstrap.low)); /* four pairs are too few */
}

static void degenerate_columns_have_no_correlation(void)
{
    static double work[7 * 4 + LAB_RESAMPLE_DRAWS];
    const double x[] = {0.1, 0.1, 0.1, 0.1}, y[] = {1, 2, 3, 4}, bad[] = {1, (double)NAN, 3, 4};
    lab_correlation got;
    lab_correlation_compute(&got, x, y, 4, 0.95, 1, work);
    CU_ASSERT_STRING_EQUAL(got.reason, "a column has no spread");
    CU_ASSERT(isnan(got.pearson) && isnan(got.spearman));
    lab_correlation_compute(&got, bad, y, 4, 0.95, 1, work);
    CU_ASSERT_STRING_EQUAL(got.reason, "a value is not finite");
    lab_correlation_compute(&got, y, y, 2, 0.95, 1, work);
    CU_ASSERT_STRING_EQUAL(got.reason, "fewer than 3 pairs");
}

static void perfect_order_claims_no_interval(void)
{
    static double work[7 * 6 + LAB_RESAMPLE_DRAWS];
    const double x[] = {1, 2, 3, 4, 5, 6}, y[] = {6, 5, 4, 3, 2, -10};
    lab_correlation got;
    lab_correlation_compute(&got, x, y, 6, 0.95, 1, work);
    check_near("spearman", got.spearman, -1, 1e-15);
    CU_ASSERT(isnan(got.spearman_bootstrap.low) && isnan(got.spearman_bootstrap.high));
    CU_ASSERT(got.pearson_bootstrap.low < got.pearson && got.pearson < got.pearson_bootstrap.high);
}

static void a_perfect_order_of_any_length_is_exactly_one(void)
{
    double x[97], y[97];
    for (int n = 3; n <= 97; n++) {
        for (int i = 0; i < n; i++) {
            x[i] = (i + 1) / 7.0;
            y[i] = 3 - x[i] / 3;
        }
        check_near("r", lab_correlation_pearson(x, y, n), -1, 0);
    }
    CU_ASSERT(isnan(lab_correlation_partial(0.9, lab_correlation_pearson(x, y, 97), 0.5)));
}

static void bootstrap_repeats_and_follows_its_seed(void)
{
    static double work[7 * 8 + LAB_RESAMPLE_DRAWS];
    const double x[] = {1, 2, 3, 4, 5, 6, 7, 8}, y[] = {2, 1, 4, 3, 7, 8, 5, 6};
    lab_correlation first, again, other;
    lab_correlation_compute(&first, x, y, 8, 0.95, 1, work);
    lab_correlation_compute(&again, x, y, 8, 0.95, 1, work);
    lab_correlation_compute(&other, x, y, 8, 0.95, 2, work);
    check_near("same seed", again.pearson_bootstrap.low, first.pearson_bootstrap.low, 0);
    CU_ASSERT(fabs(other.pearson_bootstrap.low - first.pearson_bootstrap.low) > 0);
    check_near("other seed", other.pearson_bootstrap.low, first.pearson_bootstrap.low, 0.1);
    CU_ASSERT(first.spearman_bootstrap.low < first.spearman);
    CU_ASSERT(first.spearman_bootstrap.high > first.spearman);
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

static void gadre_loss_and_error_correlate_as_published(void)
{
    static double loss[ROWS], error[ROWS], compute[ROWS], work[7 * ROWS + LAB_RESAMPLE_DRAWS];
    char line[PUBLISHED_LINE];
    ptrdiff_t n = 0;
    FILE *file = published_open("gadre.csv"); /* run,dataset,model,N,D,M,... */
    if (!file) return;
    for (; published_line(file, line) && n < ROWS; n++) {
        compute[n] = log(published_real(line, 6));
        loss[n] = published_real(line, 7);
        error[n] = published_real(line, 9);
    }
    CU_ASSERT_EQUAL(n, 104);
    lab_correlation got, with_loss, with_error;
    lab_correlation_compute(&got, loss, error, n, 0.95, 1, work);
    lab_correlation_compute(&with_loss, compute, loss, n, 0.95, 1, work);
    lab_correlation_compute(&with_error, compute, error, n, 0.95, 1, work);
    check_near("pearson", got.pearson, 0.919341, 1e-6);
    check_near("spearman", got.spearman, 0.981009, 1e-6);
    check_near("partial",
               lab_correlation_partial(got.pearson, with_loss.pearson, with_error.pearson),
               -0.219485, 1e-6);
    check_near("rank-partial",
               lab_correlation_partial(got.spearman, with_loss.spearman, with_error.spearman),
               0.504393, 1e-6);
    CU_ASSERT(got.spearman_bootstrap.low < 0.981 && got.spearman_bootstrap.high > 0.981);
    CU_ASSERT(got.spearman_bootstrap.low > 0.95);
}

static void porian_optima_give_the_published_exponents(void)
{
    static const double want[] = {0.833768, 0.700899, 0.603528, 0.571425, 0.497029};
    static double x[5][ROWS], y[5][ROWS];
    static char names[5][PUBLISHED_LINE];
    ptrdiff_t n[5] = {0};
    char line[PUBLISHED_LINE], copy[PUBLISHED_LINE];
    FILE *file = published_open("porian_optimal_pairs.csv");
    if (!file) return;
    int known = 0;
    while (published_line(file, line)) {
        const char *config = published_field(copy, line, 1);
        if (strncmp(line, "summary_df,", 11) != 0 || strncmp(config, "rw|", 3) != 0) continue;
        int at = 0;
        while (at < known && strcmp(names[at], config) != 0) at++;
        if (at == 5) continue;
        if (at == known) memcpy(names[known++], copy, PUBLISHED_LINE);
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
      {"ties share their mean rank", ties_share_their_mean_rank},
      {"a worked example comes out", worked_example_comes_out},
      {"degenerate columns have no correlation", degenerate_columns_have_no_correlation},
      {"a perfect order claims no interval", perfect_order_claims_no_interval},
      {"a perfect order of any length is exactly one",
       a_perfect_order_of_any_length_is_exactly_one},
      {"the bootstrap repeats and follows its seed", bootstrap_repeats_and_follows_its_seed},
      {"an exact law is recovered", exact_law_is_recovered},
      {"a worked fit comes out", worked_fit_comes_out},
      {"hopeless fits are refused with a reason", hopeless_fits_are_refused_with_a_reason},
      {"gadre: loss and error correlate as published", gadre_loss_and_error_correlate_as_published},
      {"porian: optima give the published exponents", porian_optima_give_the_published_exponents})
