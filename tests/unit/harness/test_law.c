/* Forms, losses and fits on rows that are made up, so that answers are known. */
#include "check.h"
#include "law/data.h"
#include "law/draws.h"
#include "law/fit.h"
#include "stats/resample.h"
#include <math.h>
#include <string.h>

static const lab_loss huber = {LAB_LOSS_HUBER, 1e-3, 1}, squares = {LAB_LOSS_SQUARES, 0, 1};

/* A point in the middle of what each form is used for. */
static const struct {
    const char *law;
    double theta[LAB_LAW_PARAMETERS], x[LAB_LAW_COLUMNS];
} typical[] = {{"chinchilla", {0.5, 6, 6.1, 0.34, 0.28}, {1e8, 3e9}},
               {"power", {1.2, -0.3}, {700}},
               {"offset", {0.4, 2, 0.2}, {1e4}},
               {"overtrained", {0.4, 5, 5.2, 0.12}, {20, 1e18}},
               {"exponential", {0.85, 0.73, 0.75}, {3.1}},
               {"sigmoid", {0.2, 0.9, 2.8, 1.7}, {3.1}}};
enum { TYPICAL = sizeof typical / sizeof *typical };

static void derivatives_of_every_form_are_those_of_differences(void)
{
    for (int i = 0; i < TYPICAL; i++) {
        const lab_law *law = lab_law_find(typical[i].law);
        CU_ASSERT_PTR_EQUAL_FATAL(law, lab_law_at(i)); /* none is left out */
        double feature[LAB_LAW_TERMS], slope[LAB_LAW_PARAMETERS], theta[LAB_LAW_PARAMETERS];
        lab_law_feature(law, typical[i].x, feature);
        memcpy(theta, typical[i].theta, sizeof theta);
        (void)lab_law_response(law, theta, feature, slope);
        for (int p = 0; p < law->parameters; p++) {
            const double step = 1e-5;
            theta[p] = typical[i].theta[p] + step;
            double up = lab_law_response(law, theta, feature, NULL);
            theta[p] = typical[i].theta[p] - step;
            double down = lab_law_response(law, theta, feature, NULL);
            theta[p] = typical[i].theta[p];
            check_near(law->parameter[p].name, slope[p], (up - down) / (2 * step),
                       1e-7 * fmax(1, fabs(slope[p])));
        }
    }
    CU_ASSERT_PTR_NULL(lab_law_at(TYPICAL));
}

static void slopes_of_every_loss_are_those_of_differences(void)
{
    static const lab_loss losses[] = {{LAB_LOSS_HUBER, 0.1, 1},
                                      {LAB_LOSS_SQUARES, 0, 1},
                                      {LAB_LOSS_ASYMMETRIC, 0.1, 10},
                                      {LAB_LOSS_ASYMMETRIC, 0, 10}};
    for (size_t k = 0; k < sizeof losses / sizeof *losses; k++)
        for (double r = -0.45; r < 0.5; r += 0.1) { /* between the corners at 0 and +-0.1 */
            double slope, unused;
            (void)lab_loss_at(&losses[k], r, &slope);
            double up = lab_loss_at(&losses[k], r + 1e-6, &unused);
            double down = lab_loss_at(&losses[k], r - 1e-6, &unused);
            check_near(lab_loss_name((int)losses[k].kind), slope, (up - down) / 2e-6, 1e-8);
        }
}

/* ---- rows on a grid ---- */

/* A number in [-1, 1] that looks like noise and is the same everywhere. */
static double noise(isize i)
{
    double x = sin((double)(i + 1) * 12.9898) * 43758.5453;
    return 2 * (x - floor(x)) - 1;
}

static void grid(lab_law_data *data, const double *theta, bool logs, double scatter)
{
    const lab_law *law = lab_law_find("chinchilla");
    lab_law_data_init(data, law, logs, 48);
    for (isize i = 0; i < data->n; i++) {
        const double x[] = {1e6 * pow(4, (double)(i % 8)), 3e7 * pow(6, (double)(i / 8))};
        double y = lab_law_predict(law, theta, x);
        lab_law_data_set(data, i, x, y * exp(scatter * noise(i)), i);
    }
}

static void the_gradient_of_the_objective_is_that_of_differences(void)
{
    static const lab_loss losses[] = {
        {LAB_LOSS_HUBER, 1e-3, 1}, {LAB_LOSS_SQUARES, 0, 1}, {LAB_LOSS_ASYMMETRIC, 1e-2, 10}};
    for (int logs = 0; logs < 2; logs++)
        for (size_t k = 0; k < sizeof losses / sizeof *losses; k++) {
            lab_law_data data;
            double weight[48], gradient[LAB_LAW_PARAMETERS], theta[LAB_LAW_PARAMETERS];
            grid(&data, typical[0].theta, logs, 0.02);
            for (int i = 0; i < 48; i++) weight[i] = i % 3;
            lab_law_rows rows = lab_law_data_rows(&data, weight);
            memcpy(theta, typical[0].theta, sizeof theta);
            theta[3] += 0.01;
            double at = lab_objective(&rows, &losses[k], theta, gradient);
            check_near("with and without gradient", at,
                       lab_objective(&rows, &losses[k], theta, NULL), 1e-12 * at);
            for (int p = 0; p < data.law->parameters; p++) {
                double kept = theta[p];
                theta[p] = kept + 1e-7;
                double up = lab_objective(&rows, &losses[k], theta, NULL);
                theta[p] = kept - 1e-7;
                double down = lab_objective(&rows, &losses[k], theta, NULL);
                theta[p] = kept;
                check_near(data.law->parameter[p].name, gradient[p], (up - down) / 2e-7,
                           1e-5 * fmax(1, fabs(gradient[p])));
            }
            lab_law_data_finish(&data);
        }
}

/* ---- fits ---- */

static lab_fit fit_of(const lab_law_data *data, lab_loss loss, int starts, int workers)
{
    lab_fit fit;
    lab_law_rows rows = lab_law_data_rows(data, NULL);
    lab_fit_make(&fit, &rows,
                 &(lab_fit_options){.loss = loss, .starts = starts, .workers = workers});
    return fit;
}

/* The three surfaces of the synthetic answers, on their isoFLOP design. */
static void exact_surfaces_are_recovered(void)
{
    static const double want[][5] = {{1.69, 400, 400, 0.31, 0.31},
                                     {1.69, 406.4, 410.7, 0.34, 0.28},
                                     {1.69, 406.4, 410.7, 0.465, 0.155}};
    for (int s = 0; s < 3; s++) {
        const lab_law *law = lab_law_find("chinchilla");
        lab_law_data data;
        double theta[LAB_LAW_PARAMETERS];
        for (int p = 0; p < 5; p++) theta[p] = lab_law_theta(law, p, want[s][p]);
        const double alpha = theta[3], beta = theta[4];
        lab_law_data_init(&data, law, true, 75);
        for (isize i = 0; i < 75; i++) {
            double compute = pow(10, 17 + (double)(i / 15));
            double best = pow(alpha / beta * want[s][1] / want[s][2], 1 / (alpha + beta)) *
                          pow(compute / 6, beta / (alpha + beta));
            double n = best * pow(10, (double)(i % 15 - 7) / 7);
            const double x[] = {n, compute / (6 * n)};
            lab_law_data_set(&data, i, x, lab_law_predict(law, theta, x), i);
        }
        for (int kind = 0; kind < 2; kind++) {
            lab_fit fit = fit_of(&data, kind ? squares : huber, 100, 2);
            for (int p = 0; p < 5; p++)
                check_near(law->parameter[p].name, lab_law_value(law, p, fit.theta[p]), want[s][p],
                           1e-5 * want[s][p]);
            CU_ASSERT_EQUAL(fit.basin_count, 1);
            CU_ASSERT(fit.reached > 10);
        }
        lab_law_data_finish(&data);
    }
}

static void a_fit_is_the_same_for_any_number_of_workers(void)
{
    static const int workers[] = {2, 5};
    lab_law_data data;
    grid(&data, typical[0].theta, true, 0.01);
    lab_fit one = fit_of(&data, huber, 60, 1);
    lab_draws alone;
    lab_draws_make(&alone, &data, NULL, &one, &(lab_draws_options){25, 7, 1, 0});
    for (int k = 0; k < 2; k++) {
        lab_fit many = fit_of(&data, huber, 60, workers[k]);
        CU_ASSERT(memcmp(many.theta, one.theta, sizeof one.theta) == 0);
        CU_ASSERT(memcmp(&many.objective, &one.objective, sizeof one.objective) == 0);
        CU_ASSERT_EQUAL(many.reached, one.reached);
        CU_ASSERT_EQUAL(many.evaluations, one.evaluations);
        lab_draws draws;
        lab_draws_make(&draws, &data, NULL, &many, &(lab_draws_options){25, 7, workers[k], 0});
        CU_ASSERT(memcmp(draws.theta, alone.theta, 25 * 5 * sizeof *draws.theta) == 0);
        CU_ASSERT(memcmp(draws.rest, alone.rest, 25 * sizeof *draws.rest) == 0);
        lab_draws_finish(&draws);
    }
    lab_draws_finish(&alone);
    lab_law_data_finish(&data);
}

/* Where D is N both terms are alike: whatever fits, fits with their names exchanged. */
static void two_minima_of_one_objective_are_both_told(void)
{
    static const double theta[] = {0.5, 6, 2, 0.6, 0.15};
    const lab_law *law = lab_law_find("chinchilla");
    lab_law_data data;
    lab_law_data_init(&data, law, true, 60);
    for (isize i = 0; i < 60; i++) {
        double n = 1e2 * pow(10, (double)i / 5);
        const double x[] = {n, n};
        lab_law_data_set(&data, i, x, lab_law_predict(law, theta, x) * exp(1e-3 * noise(i)), i);
    }
    lab_fit fit = fit_of(&data, squares, 450, 2);
    CU_ASSERT_EQUAL(fit.basin_count, 2);
    const double *a = fit.basins[0].theta, *b = fit.basins[1].theta;
    check_near("objective", fit.basins[1].objective, fit.basins[0].objective, 1e-6 * fit.objective);
    check_near("exponents change places", a[3], b[4], 1e-3);
    check_near("and so the other", a[4], b[3], 1e-3);
    check_near("the larger is the one that was put in", fmax(a[3], b[3]), 0.6, 0.02);
    CU_ASSERT(fit.basins[0].starts > 10 && fit.basins[1].starts > 10);
    lab_law_data_finish(&data);
}

static void a_warm_fit_ends_where_one_of_many_starts_does(void)
{
    lab_law_data data;
    double weight[48];
    grid(&data, typical[0].theta, true, 0.01);
    lab_fit all = fit_of(&data, huber, 100, 1), cold, warm;
    for (int i = 0; i < 48; i++) weight[i] = i % 5 > 0;
    lab_law_rows rows = lab_law_data_rows(&data, weight);
    lab_fit_make(&cold, &rows, &(lab_fit_options){.loss = huber, .starts = 100});
    lab_fit_make(&warm, &rows,
                 &(lab_fit_options){.loss = huber, .starts = LAB_STARTS_WARM, .warm = &all});
    CU_ASSERT_EQUAL(warm.starts, all.basin_count);
    check_near("objective", warm.objective, cold.objective, 1e-8 * cold.objective);
    lab_law_data_finish(&data);
}

static void too_few_rows_are_refused_with_a_reason(void)
{
    lab_law_data data;
    double weight[48] = {1, 1, 1, 1, 1};
    lab_fit fit;
    grid(&data, typical[0].theta, true, 0);
    lab_law_rows rows = lab_law_data_rows(&data, weight);
    lab_fit_make(&fit, &rows, &(lab_fit_options){.loss = huber});
    CU_ASSERT_PTR_NOT_NULL_FATAL(fit.reason);
    CU_ASSERT(isnan(fit.theta[0]) && isnan(fit.objective));
    lab_law_data_finish(&data);
}

/* Noise of one size everywhere: the least floor of 400 draws lies below the true one, the greatest
 * above, and a new run scatters more than the mean does. */
static void intervals_of_draws_hold_what_was_put_in(void)
{
    lab_law_data data;
    lab_draws draws;
    grid(&data, typical[0].theta, true, 0.01);
    lab_fit fit = fit_of(&data, squares, 100, 2);
    lab_draws_make(&draws, &data, NULL, &fit, &(lab_draws_options){400, 1, 2, 0});
    for (int p = 0; p < 5; p++) {
        double true_value = lab_law_value(data.law, p, typical[0].theta[p]);
        lab_interval interval = lab_draws_interval(&draws, p, 0.999);
        CU_ASSERT(interval.low < true_value && true_value < interval.high);
        CU_ASSERT(lab_draws_error(&draws, p) > 0);
    }
    lab_interval mean = lab_draws_mean(&draws, typical[0].x, 0.95);
    lab_interval run = lab_draws_run(&draws, typical[0].x, true, 0.95);
    CU_ASSERT(run.high - run.low > 2 * (mean.high - mean.low));
    lab_draws_finish(&draws);
    lab_law_data_finish(&data);
}

/* A draw of six runs seldom has five distinct ones, which five parameters take. */
static void draws_of_too_few_rows_are_lost_and_in_no_interval(void)
{
    static const double x[6][2] = {{1e6, 1e8},  {1e7, 1e8}, {1e8, 1e9},
                                   {1e7, 1e10}, {1e6, 1e9}, {1e8, 1e10}};
    lab_law_data data;
    lab_draws draws;
    lab_law_data_init(&data, lab_law_find("chinchilla"), true, 6);
    for (isize i = 0; i < 6; i++) {
        double y = lab_law_predict(data.law, typical[0].theta, x[i]) * (i % 2 ? 1.01 : 0.99);
        lab_law_data_set(&data, i, x[i], y, i);
    }
    lab_fit fit = fit_of(&data, huber, 50, 2);
    CU_ASSERT_EQUAL(lab_fit_free(&fit), 5);
    lab_draws_make(&draws, &data, NULL, &fit, &(lab_draws_options){100, 1, 2, 0});
    int lost = 0;
    for (int d = 0; d < 100; d++) { /* who stands in a draw is known without a fit */
        double times[6];
        int distinct = 0;
        lab_resample_times(times, 6, 1, (uint64_t)d);
        for (int i = 0; i < 6; i++) distinct += times[i] > 0;
        CU_ASSERT_EQUAL(lab_draws_lost(&draws, d), distinct < 5);
        lost += distinct < 5;
    }
    CU_ASSERT_EQUAL(draws.lost, lost);
    CU_ASSERT(lost > 50 && lost < 98);
    CU_ASSERT(isfinite(lab_draws_error(&draws, 3)));
    CU_ASSERT(isfinite(lab_draws_run(&draws, x[0], true, 0.95).high));
    lab_draws_finish(&draws);
    for (isize i = 0; i < 6; i++) lab_law_data_set(&data, i, x[i % 2], 2 + (double)i, i);
    fit = fit_of(&data, huber, 50, 2); /* two places: no draw tells five parameters */
    lab_draws_make(&draws, &data, NULL, &fit, &(lab_draws_options){20, 1, 2, 0});
    CU_ASSERT_EQUAL(draws.lost, 20);
    CU_ASSERT(isnan(lab_draws_error(&draws, 3)) && isnan(lab_draws_interval(&draws, 3, 0.95).low));
    CU_ASSERT(isnan(lab_draws_run(&draws, x[0], true, 0.95).low));
    lab_draws_finish(&draws);
    lab_law_data_finish(&data);
}

/* What is given takes no scatter in: five rows and one free parameter leave four degrees. */
static void scatter_of_a_new_run_counts_free_parameters_alone(void)
{
    lab_law_data data;
    lab_draws draws;
    lab_fit fit;
    lab_law_data_init(&data, lab_law_find("chinchilla"), true, 5);
    for (isize i = 0; i < 5; i++) {
        const double x[] = {1e6 * pow(10, (double)i), 1e9};
        double y = lab_law_predict(data.law, typical[0].theta, x) * (i % 2 ? 1.01 : 0.99);
        lab_law_data_set(&data, i, x, y, i);
    }
    lab_law_rows rows = lab_law_data_rows(&data, NULL);
    lab_fit_options options = {.loss = squares, .fixed = 0x1e};
    memcpy(options.fixed_theta, typical[0].theta, sizeof options.fixed_theta);
    lab_fit_make(&fit, &rows, &options);
    CU_ASSERT_PTR_NULL_FATAL(fit.reason);
    CU_ASSERT_EQUAL(lab_fit_free(&fit), 1);
    lab_draws_make(&draws, &data, NULL, &fit, &(lab_draws_options){200, 1, 2, 0});
    double widest = 0;
    for (int d = 0; d < 200; d++) widest = fmax(widest, fabs(draws.rest[d]));
    CU_ASSERT(widest > 0.01 && widest < 0.03);
    lab_draws_finish(&draws);
    lab_law_data_finish(&data);
}

static void laws_through_all_rows_compare_by_their_parameters(void)
{
    lab_law_data data;
    lab_fit fit[2];
    lab_law_data_init(&data, lab_law_find("offset"), true, 12);
    for (isize i = 0; i < 12; i++) {
        double x = pow(2, (double)i), y = lab_law_predict(data.law, typical[2].theta, &x);
        lab_law_data_set(&data, i, &x, y, i);
    }
    lab_law_rows rows = lab_law_data_rows(&data, NULL);
    for (unsigned fixed = 0; fixed < 2; fixed++) {
        lab_fit_options options = {.loss = squares, .fixed = fixed << 2};
        options.fixed_theta[2] = typical[2].theta[2];
        lab_fit_make(&fit[fixed], &rows, &options);
        CU_ASSERT(fit[fixed].residual_sd < LAB_FIT_ROUNDED);
    }
    check_near("a parameter", fit[0].bic - fit[1].bic, log(12), 1e-9);
    CU_ASSERT(fit[0].aicc > fit[1].aicc);
    lab_law_data_finish(&data);
}

/* Of few rows many draws are lost: their parameters are no numbers, and no interval may have them.
 */
static void lost_draws_are_in_no_interval(void)
{
    lab_law_data data;
    lab_fit fit;
    lab_draws draws;
    const lab_law *law = lab_law_find("offset");
    const double nothing[LAB_LAW_PARAMETERS] = {(double)NAN, 1, 1}, at = 4;
    lab_law_data_init(&data, law, true, 4);
    for (isize i = 0; i < 4; i++) {
        double x = pow(4, (double)i);
        lab_law_data_set(&data, i, &x, 2 + 1 / sqrt(x) + 0.01 * (double)(i % 2), i);
    }
    lab_law_rows rows = lab_law_data_rows(&data, NULL);
    lab_fit_make(&fit, &rows, &(lab_fit_options){.loss = squares});
    CU_ASSERT_PTR_NULL_FATAL(fit.reason);
    lab_draws_make(&draws, &data, NULL, &fit, &(lab_draws_options){200, 1, 2, 0});
    CU_ASSERT(draws.lost > 20);
    CU_ASSERT(lab_draws_mean(&draws, &at, 0.95).low > 1);
    CU_ASSERT(lab_draws_run(&draws, &at, true, 0.95).low > 1);
    CU_ASSERT(isnan(lab_law_predict(law, nothing, &at)));
    lab_draws_finish(&draws);
    lab_law_data_finish(&data);
}

/* Where every other run is in both, a draw takes it as often in the one as in the other: laws of
 * its rows alone, fitted in both, are the same. */
static void data_that_number_runs_alike_are_drawn_together(void)
{
    enum { RUNS = 24 };
    const lab_law *law = lab_law_find("power");
    lab_law_data data[2];
    lab_fit fit[2];
    lab_draws draws[2];
    for (int k = 0; k < 2; k++) { /* all runs, those of odd number with no weight; the even ones */
        const isize n = k ? RUNS / 2 : RUNS;
        double weight[RUNS];
        lab_law_data_init(&data[k], law, true, n);
        for (isize i = 0; i < n; i++) {
            isize run = k ? 2 * i : i;
            double x = pow(1.5, (double)run);
            lab_law_data_set(&data[k], i, &x, pow(x, -0.3) * (1 + 0.1 * sin(7 * (double)run)), run);
            weight[i] = run % 2 == 0;
        }
        lab_law_rows rows = lab_law_data_rows(&data[k], weight);
        lab_fit_make(&fit[k], &rows, &(lab_fit_options){.loss = squares});
        lab_draws_make(&draws[k], &data[k], weight, &fit[k],
                       &(lab_draws_options){.count = 50, .seed = 3, .workers = 2, .units = RUNS});
    }
    for (int d = 0; d < 50; d++) {
        CU_ASSERT_EQUAL(lab_draws_lost(&draws[0], d), lab_draws_lost(&draws[1], d));
        if (lab_draws_lost(&draws[0], d)) continue;
        check_near("b", draws[0].theta[2 * d + 1], draws[1].theta[2 * d + 1], 1e-6);
    }
    for (int k = 0; k < 2; k++) {
        lab_draws_finish(&draws[k]);
        lab_law_data_finish(&data[k]);
    }
}

SUITE(law,
      {"data that number runs alike are drawn together",
       data_that_number_runs_alike_are_drawn_together},
      {"lost draws are in no interval", lost_draws_are_in_no_interval},
      {"derivatives of every form are those of differences",
       derivatives_of_every_form_are_those_of_differences},
      {"slopes of every loss are those of differences",
       slopes_of_every_loss_are_those_of_differences},
      {"the gradient of the objective is that of differences",
       the_gradient_of_the_objective_is_that_of_differences},
      {"exact surfaces are recovered", exact_surfaces_are_recovered},
      {"a fit is the same for any number of workers", a_fit_is_the_same_for_any_number_of_workers},
      {"two minima of one objective are both told", two_minima_of_one_objective_are_both_told},
      {"a warm fit ends where one of many starts does",
       a_warm_fit_ends_where_one_of_many_starts_does},
      {"too few rows are refused with a reason", too_few_rows_are_refused_with_a_reason},
      {"intervals of draws hold what was put in", intervals_of_draws_hold_what_was_put_in},
      {"draws of too few rows are lost and in no interval",
       draws_of_too_few_rows_are_lost_and_in_no_interval},
      {"scatter of a new run counts free parameters alone",
       scatter_of_a_new_run_counts_free_parameters_alone},
      {"laws through all rows compare by their parameters",
       laws_through_all_rows_compare_by_their_parameters})
