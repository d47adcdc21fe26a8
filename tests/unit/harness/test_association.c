#include "check.h"
#include "published.h"
#include "stats/association.h"
#include "stats/correlation.h"
#include "stats/resample.h"
#include <math.h>

enum { ROWS = 512 };
static double work[13 * ROWS + 2 + 7 * LAB_RESAMPLE_DRAWS];

static lab_association associate(const double *x, const double *y, const double *z, ptrdiff_t n)
{
    const lab_columns columns = {x, y, {z}, n};
    lab_association got;
    CU_ASSERT_FATAL(lab_association_work(n) <= (ptrdiff_t)(sizeof work / sizeof *work));
    lab_association_compute(&got, &columns, 0.95, 1, work);
    return got;
}

static double tau(const double *x, const double *y, ptrdiff_t n)
{
    double *rank_x = work, *rank_y = work + n, *rest = work + 2 * n;
    lab_correlation_ranks(rank_x, x, n, rest);
    lab_correlation_ranks(rank_y, y, n, rest);
    return lab_correlation_kendall(rank_x, rank_y, NULL, n, rest);
}

/* ---- coefficients ---- */

static void ties_share_their_mean_rank(void)
{
    const double x[] = {3, 1, 2, 2, 2, -0.0, 0.0};
    const double want[] = {7, 3, 5, 5, 5, 1.5, 1.5};
    double ranks[7];
    lab_correlation_ranks(ranks, x, 7, work);
    for (int i = 0; i < 7; i++) check_near("rank", ranks[i], want[i], 0);
}

static void worked_example_comes_out(void)
{
    /* x: ranks 1 2.5 2.5 4; y: ranks 1 2 3.5 3.5; rho = 3.75 / 4.5 by hand.
     * r of the values: sxy = 20, sxx = 2, syy = 275.
     * Of 6 pairs, x ties one and y another, and the other 4 agree: tau-b = 4 / 5. */
    const double x[] = {1, 2, 2, 3}, y[] = {10, 20, 30, 30};
    lab_association got = associate(x, y, NULL, 4);
    CU_ASSERT_PTR_NULL(got.reason);
    check_near("spearman", got.spearman.value, 3.75 / 4.5, 1e-15);
    check_near("pearson", got.pearson.value, 20 / sqrt(2.0 * 275), 1e-15);
    check_near("kendall", got.kendall.value, 0.8, 1e-15);
    double half = 1.959963984540054; /* / sqrt(4 - 3) */
    double r = got.pearson.value;
    check_near("fisher low", got.pearson_fisher.low, tanh(atanh(r) - half), 1e-12);
    check_near("fisher high", got.pearson_fisher.high, tanh(atanh(r) + half), 1e-12);
    CU_ASSERT(isnan(got.spearman.interval.low));
    CU_ASSERT_STRING_EQUAL(got.kendall.reason, "no interval: fewer than 5 rows");
    CU_ASSERT_STRING_EQUAL(got.partial[0].reason, "there is no control");
}

static void partial_correlation_is_that_of_residuals(void)
{
    /* None of z, e, f leans on 1, nor e on z; z f = 4, so what z leaves of f has the square
     * 8 - 4 * 4 / 8 = 6, and e f = 4. */
    const double z[] = {1, 1, 1, 1, -1, -1, -1, -1};
    const double e[] = {1, 1, -1, -1, 1, 1, -1, -1}, f[] = {1, 1, -1, 1, 1, -1, -1, -1};
    double x[8], y[8];
    for (int i = 0; i < 8; i++) {
        x[i] = 5 * z[i] + e[i];
        y[i] = 3 * z[i] + f[i];
    }
    lab_association got = associate(x, y, z, 8);
    check_near("partial", got.partial[0].value, 4 / sqrt(8 * 6), 1e-14);
    CU_ASSERT(isnan(got.partial[1].value));
}

static double sign(double x)
{
    return (x > 0) - (x < 0);
}

/* By all pairs, each row as often as times says. */
static double plain_tau(const double *x, const double *y, const double *times, ptrdiff_t n)
{
    double agree = 0, apart_x = 0, apart_y = 0;
    for (ptrdiff_t i = 0; i < n; i++)
        for (ptrdiff_t j = 0; j < i; j++) {
            double pairs = times[i] * times[j];
            agree += pairs * sign(x[i] - x[j]) * sign(y[i] - y[j]);
            apart_x += pairs * fabs(sign(x[i] - x[j]));
            apart_y += pairs * fabs(sign(y[i] - y[j]));
        }
    return agree / sqrt(apart_x * apart_y);
}

/* Columns with ties, the second bent, the third mixed. */
static void fill(double *x, double *y, double *z, ptrdiff_t n)
{
    for (ptrdiff_t i = 0; i < n; i++) {
        uint64_t at = (uint64_t)i;
        x[i] = (double)lab_resample_drawn(9, 0, at, 12) - 4;
        y[i] = x[i] * fabs(x[i]) + (double)lab_resample_drawn(9, 1, at, 21);
        z[i] = x[i] / 2 + (double)lab_resample_drawn(9, 2, at, 5);
    }
}

static void kendall_counts_all_pairs(void)
{
    double x[ROWS], y[ROWS], z[ROWS], once[ROWS];
    for (int i = 0; i < ROWS; i++) once[i] = 1;
    fill(x, y, z, ROWS);
    for (int n = 5; n <= ROWS; n += 13) {
        check_near("tau", tau(x, y, n), plain_tau(x, y, once, n), 1e-14);
        check_near("the other way", tau(y, x, n), tau(x, y, n), 1e-14);
    }
    CU_ASSERT(isnan(tau(once, y, ROWS)));
}

static void rows_that_count_twice_are_two_rows(void)
{
    const double x[] = {4, 1, 3, 3, 9}, y[] = {7, 1, 8, 2, 2}, times[] = {2, 1, 0, 3, 1};
    const double xs[] = {4, 4, 1, 3, 3, 3, 9}, ys[] = {7, 7, 1, 2, 2, 2, 2};
    const int of[] = {0, 0, 1, 3, 3, 3, 4};
    double once[5], other[5], ranks[5], want[7];
    lab_correlation_ranks(once, x, 5, work);
    lab_correlation_ranks(other, y, 5, work);
    lab_correlation_ranks(want, xs, 7, work);
    lab_correlation_rerank(ranks, once, times, 5, work);
    for (int i = 0; i < 7; i++) check_near("rank", ranks[of[i]], want[i], 0);
    check_near("pearson", lab_correlation_pearson(x, y, times, 5),
               lab_correlation_pearson(xs, ys, NULL, 7), 1e-15);
    check_near("kendall", lab_correlation_kendall(once, other, times, 5, work), tau(xs, ys, 7),
               1e-15);
}

static void a_perfect_order_of_any_length_is_exactly_one(void)
{
    double x[97], y[97];
    for (int n = 3; n <= 97; n++) {
        for (int i = 0; i < n; i++) {
            x[i] = (i + 1) / 7.0;
            y[i] = 3 - x[i] / 3;
        }
        check_near("r", lab_correlation_pearson(x, y, NULL, n), -1, 0);
        check_near("tau", tau(x, y, n), -1, 0);
    }
    CU_ASSERT(isnan(lab_correlation_partial(0.9, lab_correlation_pearson(x, y, NULL, 97), 0.5)));
}

/* ---- what is undefined ---- */

static void degenerate_columns_have_no_correlation(void)
{
    const double x[] = {0.1, 0.1, 0.1, 0.1}, y[] = {1, 2, 3, 4}, bad[] = {1, (double)NAN, 3, 4};
    lab_association got = associate(x, y, NULL, 4);
    CU_ASSERT_STRING_EQUAL(got.reason, "a column has no spread");
    CU_ASSERT_STRING_EQUAL(got.rank_partial[1].reason, "a column has no spread");
    CU_ASSERT(isnan(got.pearson.value) && isnan(got.spearman.value) && isnan(got.kendall.value));
    got = associate(bad, y, NULL, 4);
    CU_ASSERT_STRING_EQUAL(got.reason, "a value is not finite");
    got = associate(y, y, NULL, 2);
    CU_ASSERT_STRING_EQUAL(got.reason, "fewer than 3 pairs");
}

static void a_control_that_takes_all_leaves_a_reason(void)
{
    const double x[] = {1, 2, 4, 3, 6, 5}, y[] = {2, 1, 3, 5, 4, 6}, line[] = {3, 5, 9, 7, 13, 11};
    const double flat[] = {2, 2, 2, 2, 2, 2}, infinite[] = {1, 2, 3, 4, 5, HUGE_VAL};
    const double bent[] = {1, 4, 16, 9, 36, 25};
    lab_association got = associate(x, y, line, 6);
    CU_ASSERT(isnan(got.partial[0].value) && isnan(got.rank_partial[0].value));
    CU_ASSERT_STRING_EQUAL(got.partial[0].reason, "x or y is a line of the control");
    CU_ASSERT_PTR_NULL(got.pearson.reason);
    got = associate(x, y, bent, 6);
    CU_ASSERT_PTR_NULL(got.partial[0].reason);
    CU_ASSERT_STRING_EQUAL(got.rank_partial[0].reason, "x or y stands in the order of the control");
    got = associate(x, y, flat, 6);
    CU_ASSERT_STRING_EQUAL(got.partial[0].reason, "the control has no spread");
    got = associate(x, y, infinite, 6);
    CU_ASSERT_STRING_EQUAL(got.partial[0].reason, "a value of the control is not finite");
    got = associate(x, y, bent, 3);
    CU_ASSERT_STRING_EQUAL(got.partial[0].reason, "fewer than 4 rows");
    CU_ASSERT(!isnan(got.pearson.value));
}

static void perfect_order_claims_no_interval(void)
{
    const double x[] = {1, 2, 3, 4, 5, 6}, y[] = {6, 5, 4, 3, 2, -10};
    lab_association got = associate(x, y, NULL, 6);
    const lab_coefficient p = got.pearson;
    check_near("spearman", got.spearman.value, -1, 1e-15);
    CU_ASSERT(isnan(got.spearman.interval.low) && isnan(got.spearman.interval.high));
    CU_ASSERT(isnan(got.kendall.interval.low));
    CU_ASSERT_STRING_EQUAL(got.kendall.reason, "no interval: it is perfect, and so is every draw");
    CU_ASSERT(p.interval.low < p.value && p.value < p.interval.high);
}

static void an_interval_wants_half_of_the_draws(void)
{
    /* A draw needs both row 0 and row 4, and another: about two in five have them. */
    const double x[] = {1, 0, 0, 0, 0}, y[] = {0, 0, 0, 0, 1};
    lab_association got = associate(x, y, NULL, 5);
    check_near("pearson", got.pearson.value, -0.25, 1e-15);
    CU_ASSERT(isnan(got.pearson.interval.low));
    CU_ASSERT_STRING_EQUAL(got.pearson.reason, "no interval: most draws have no value");
}

/* ---- the bootstrap ---- */

static double plain_partial(const double *x, const double *y, const double *z, ptrdiff_t n)
{
    return lab_correlation_partial(lab_correlation_pearson(x, y, NULL, n),
                                   lab_correlation_pearson(x, z, NULL, n),
                                   lab_correlation_pearson(y, z, NULL, n));
}

static void same_interval(const char *what, const lab_coefficient *got, double *draws)
{
    lab_interval want = lab_resample_percentiles(draws, LAB_RESAMPLE_DRAWS, 0.95);
    check_near(what, got->interval.low, want.low, 1e-12);
    check_near(what, got->interval.high, want.high, 1e-12);
    CU_ASSERT(got->interval.low < got->value && got->value < got->interval.high);
}

static void a_draw_is_a_sample_of_rows_measured_anew(void)
{
    enum { N = 30 };
    static double draws[5][LAB_RESAMPLE_DRAWS];
    double x[N], y[N], z[N], dx[N], dy[N], dz[N], rx[N], ry[N], rz[N];
    fill(x, y, z, N);
    lab_association got = associate(x, y, z, N);
    for (int draw = 0; draw < LAB_RESAMPLE_DRAWS; draw++) {
        for (int i = 0; i < N; i++) {
            ptrdiff_t from = lab_resample_drawn(1, (uint64_t)draw, (uint64_t)i, N);
            dx[i] = x[from];
            dy[i] = y[from];
            dz[i] = z[from];
        }
        lab_correlation_ranks(rx, dx, N, work);
        lab_correlation_ranks(ry, dy, N, work);
        lab_correlation_ranks(rz, dz, N, work);
        draws[0][draw] = lab_correlation_pearson(dx, dy, NULL, N);
        draws[1][draw] = lab_correlation_pearson(rx, ry, NULL, N);
        draws[2][draw] = tau(dx, dy, N);
        draws[3][draw] = plain_partial(dx, dy, dz, N);
        draws[4][draw] = plain_partial(rx, ry, rz, N);
    }
    same_interval("pearson", &got.pearson, draws[0]);
    same_interval("spearman", &got.spearman, draws[1]);
    same_interval("kendall", &got.kendall, draws[2]);
    same_interval("partial", &got.partial[0], draws[3]);
    same_interval("rank-partial", &got.rank_partial[0], draws[4]);
}

static void bootstrap_repeats_and_follows_its_seed(void)
{
    const double x[] = {1, 2, 3, 4, 5, 6, 7, 8}, y[] = {2, 1, 4, 3, 7, 8, 5, 6};
    const lab_columns columns = {x, y, {NULL}, 8};
    lab_association first = associate(x, y, NULL, 8), again = associate(x, y, NULL, 8), other;
    lab_association_compute(&other, &columns, 0.95, 2, work);
    check_near("same seed", again.pearson.interval.low, first.pearson.interval.low, 0);
    CU_ASSERT(fabs(other.pearson.interval.low - first.pearson.interval.low) > 0);
    check_near("other seed", other.pearson.interval.low, first.pearson.interval.low, 0.1);
}

/* ---- published experiments ---- */

static void gadre_loss_and_error_correlate_as_published(void)
{
    static double loss[ROWS], error[ROWS], compute[ROWS], size[ROWS];
    char line[PUBLISHED_LINE];
    lab_columns columns = {loss, error, {compute, size}, 0};
    lab_association got;
    FILE *file = published_open("gadre.csv");
    if (!file) return;
    for (; published_line(file, line); columns.n++) { /* run,dataset,model,N,D,M,... */
        CU_ASSERT_FATAL(columns.n < ROWS);
        size[columns.n] = log(published_real(line, 3));
        compute[columns.n] = log(published_real(line, 6));
        loss[columns.n] = published_real(line, 7);
        error[columns.n] = published_real(line, 9);
    }
    CU_ASSERT_EQUAL(columns.n, 104);
    lab_association_compute(&got, &columns, 0.95, 1, work);
    check_near("pearson", got.pearson.value, 0.919341, 1e-6);
    check_near("spearman", got.spearman.value, 0.981009, 1e-6);
    check_near("kendall", got.kendall.value, 0.884989, 1e-6);
    check_near("partial", got.partial[0].value, -0.219485, 1e-6);
    check_near("rank-partial", got.rank_partial[0].value, 0.504393, 1e-6);
    /* SciPy 1.10 over the same draws */
    check_near("kendall low", got.kendall.interval.low, 0.855627751507887, 1e-9);
    check_near("kendall high", got.kendall.interval.high, 0.9109778290215197, 1e-9);
    check_near("given log N low", got.partial[1].interval.low, 0.49705200981863573, 1e-9);
    check_near("given log N high", got.rank_partial[1].interval.high, 0.9359698887034924, 1e-9);
}

SUITE(association, {"ties share their mean rank", ties_share_their_mean_rank},
      {"a worked example comes out", worked_example_comes_out},
      {"partial correlation is that of residuals", partial_correlation_is_that_of_residuals},
      {"Kendall counts all pairs", kendall_counts_all_pairs},
      {"rows that count twice are two rows", rows_that_count_twice_are_two_rows},
      {"a perfect order of any length is exactly one",
       a_perfect_order_of_any_length_is_exactly_one},
      {"degenerate columns have no correlation", degenerate_columns_have_no_correlation},
      {"a control that takes all leaves a reason", a_control_that_takes_all_leaves_a_reason},
      {"a perfect order claims no interval", perfect_order_claims_no_interval},
      {"an interval wants half of the draws", an_interval_wants_half_of_the_draws},
      {"a draw is a sample of rows measured anew", a_draw_is_a_sample_of_rows_measured_anew},
      {"the bootstrap repeats and follows its seed", bootstrap_repeats_and_follows_its_seed},
      {"gadre: loss and error correlate as published", gadre_loss_and_error_correlate_as_published})
