/* Checks and held-out rows: a sound set of runs passes all, and each defect fails its own. */
#include "check.h"
#include "law/checks.h"
#include "law/data.h"
#include "law/holdout.h"
#include "law/spread.h"
#include "published.h"
#include <math.h>
#include <string.h>

enum { SIZES = 9, LENGTHS = 7, RUNS = SIZES * LENGTHS };
static const double surface[LAB_LAW_PARAMETERS] = {0.5, 6, 6.1, 0.34, 0.28};
static const lab_loss squares = {LAB_LOSS_SQUARES, 0, 1};

static double noise(isize i)
{
    double x = sin((double)(i + 1) * 12.9898) * 43758.5453;
    return 2 * (x - floor(x)) - 1;
}

typedef struct {
    lab_law_data data;
    lab_fit fit;
    double x[RUNS][2], y[RUNS];
    double compute[RUNS], ratio[RUNS], decayed[RUNS];
    isize size[RUNS], setting[RUNS];
    const char *protocol[RUNS];
    lab_checks_given given;
} runs;

/* N from 1e7 to 1e10, D from 1e9 to 1e11, noise of .5 %: nothing to find fault with. */
static void lay_out(runs *to)
{
    for (isize i = 0; i < RUNS; i++) {
        isize size = i % SIZES, length = i / SIZES;
        to->x[i][0] = 1e7 * pow(1e3, (double)size / (SIZES - 1));
        to->x[i][1] = 1e9 * pow(1e2, (double)length / (LENGTHS - 1));
        to->y[i] =
            lab_law_predict(lab_law_find("chinchilla"), surface, to->x[i]) * exp(0.005 * noise(i));
        to->compute[i] = 6 * to->x[i][0] * to->x[i][1];
        to->ratio[i] = to->x[i][1] / to->x[i][0];
        to->decayed[i] = 1;
        to->size[i] = size;
        to->setting[i] = i / 2; /* pairs whose second run differs in more, but who knows */
        to->protocol[i] = "N without head";
    }
    to->given = (lab_checks_given){.fit = &to->fit, .data = &to->data};
}

static void fit_runs(runs *to)
{
    lab_law_data_init(&to->data, lab_law_find("chinchilla"), true, RUNS);
    for (isize i = 0; i < RUNS; i++) lab_law_data_set(&to->data, i, to->x[i], to->y[i], i);
    lab_law_rows rows = lab_law_data_rows(&to->data, to->given.weight);
    lab_fit_make(&to->fit, &rows, &(lab_fit_options){.loss = squares, .starts = 60, .workers = 2});
    CU_ASSERT_PTR_NULL(to->fit.reason);
}

/* Names of what failed, joined by ", ". */
static const char *failed(const runs *of)
{
    static char names[1024];
    lab_check checks[LAB_CHECKS];
    int count = lab_checks_make(checks, &of->given), seen = 0;
    names[0] = 0;
    for (int i = 0; i < LAB_CHECKS; i++) {
        CU_ASSERT(strlen(checks[i].text) > 8);
        CU_ASSERT_PTR_NULL(strstr(checks[i].text, "nan"));
        if (checks[i].verdict != LAB_CHECK_FAILED) continue;
        size_t used = strlen(names);
        (void)snprintf(names + used, sizeof names - used, "%s%s", seen++ ? ", " : "",
                       checks[i].name);
    }
    CU_ASSERT_EQUAL(seen, count);
    return names;
}

static void check_failed(const runs *of, const char *want)
{
    const char *got = failed(of);
    if (strcmp(got, want) != 0) printf("\n    failed: %s; not: %s\n", got, want);
    CU_ASSERT_STRING_EQUAL(got, want);
}

static lab_check named(const runs *of, const char *name)
{
    lab_check checks[LAB_CHECKS];
    (void)lab_checks_make(checks, &of->given);
    for (int i = 0; i < LAB_CHECKS; i++)
        if (strcmp(checks[i].name, name) == 0) return checks[i];
    CU_FAIL("no such check");
    return checks[0];
}

/* ---- checks ---- */

static void sound_runs_pass_and_what_is_not_given_does_not_apply(void)
{
    static runs made;
    lay_out(&made);
    fit_runs(&made);
    check_failed(&made, "");
    static const char *const lacking[] = {
        "range of compute",   "extrapolation", "approaches agree",      "residuals over compute",
        "residuals over D/N", "seeds",         "learning rate decayed", "one protocol"};
    for (size_t i = 0; i < sizeof lacking / sizeof *lacking; i++)
        CU_ASSERT_EQUAL(named(&made, lacking[i]).verdict, LAB_CHECK_NOT_APPLICABLE);
    made.given.compute = made.compute;
    made.given.ratio = made.ratio;
    made.given.decayed = made.decayed;
    made.given.protocol = made.protocol;
    made.given.target = 5e22;
    check_failed(&made, "");
    CU_ASSERT_EQUAL(named(&made, "extrapolation").verdict, LAB_CHECK_PASSED);
    CU_ASSERT_EQUAL(named(&made, "one protocol").verdict, LAB_CHECK_PASSED);
    lab_law_data_finish(&made.data);
}

static void each_defect_of_the_record_fails_its_own_check(void)
{
    static runs made;
    lay_out(&made);
    fit_runs(&made);
    made.given.compute = made.compute;
    made.given.target = 1e24;
    check_failed(&made, "extrapolation");
    made.given.target = 0;
    made.given.decayed = made.decayed;
    made.decayed[3] = 0.5;
    check_failed(&made, "learning rate decayed");
    CU_ASSERT_PTR_NOT_NULL(strstr(named(&made, "learning rate decayed").text, "1 of 63"));
    for (isize i = 0; i < RUNS; i++) made.decayed[i] = 0.9; /* a cosine to a tenth of the peak */
    check_failed(&made, "");
    for (isize i = 0; i < RUNS; i++) made.decayed[i] = 0; /* a constant rate */
    check_failed(&made, "learning rate decayed");
    CU_ASSERT_PTR_NOT_NULL(strstr(named(&made, "learning rate decayed").text, "63 of 63"));
    made.given.decayed = NULL;
    made.given.protocol = made.protocol;
    made.protocol[5] = "N with head";
    check_failed(&made, "one protocol");
    CU_ASSERT_PTR_NOT_NULL(strstr(named(&made, "one protocol").text, "N with head (1 rows)"));
    lab_law_data_finish(&made.data);
}

static void fewer_rows_than_twice_the_parameters_are_told(void)
{
    static runs made;
    double weight[RUNS];
    lay_out(&made);
    for (isize i = 0; i < RUNS; i++) weight[i] = i % 7 == 0; /* nine rows */
    made.given.weight = weight;
    fit_runs(&made);
    CU_ASSERT_EQUAL(made.fit.n, 9);
    CU_ASSERT_EQUAL(named(&made, "rows for the parameters").verdict, LAB_CHECK_FAILED);
    made.fit.fixed = 1; /* one is given: eight are enough */
    CU_ASSERT_EQUAL(named(&made, "rows for the parameters").verdict, LAB_CHECK_PASSED);
    lab_law_data_finish(&made.data);
}

static void a_law_without_limits_is_not_called_plausible(void)
{
    static runs made;
    lay_out(&made);
    lab_law_data_init(&made.data, lab_law_find("power"), true, RUNS);
    for (isize i = 0; i < RUNS; i++) lab_law_data_set(&made.data, i, made.x[i], made.y[i], i);
    lab_law_rows rows = lab_law_data_rows(&made.data, NULL);
    lab_fit_make(&made.fit, &rows, &(lab_fit_options){.loss = squares});
    CU_ASSERT_EQUAL(named(&made, "plausible values").verdict, LAB_CHECK_NOT_APPLICABLE);
    lab_law_data_finish(&made.data);
}

static void many_basins_are_told_in_a_whole_sentence(void)
{
    static runs made;
    lay_out(&made);
    fit_runs(&made);
    made.fit.basin_count = LAB_BASINS;
    for (int b = 1; b < LAB_BASINS; b++) made.fit.basins[b] = made.fit.basins[0];
    lab_check check = named(&made, "one basin");
    CU_ASSERT_EQUAL(check.verdict, LAB_CHECK_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(check.text, ", and 5 more"));
    lab_law_data_finish(&made.data);
}

static void seeds_tell_which_differences_are_none(void)
{
    static runs made;
    isize seed[RUNS];
    lay_out(&made);
    for (isize i = 0; i < RUNS; i++) {
        seed[i] = i;
        made.setting[i] = i;
    }
    made.y[1] = made.y[0] * exp(0.001);
    fit_runs(&made);
    made.given.setting = made.setting;
    made.given.seed = seed;
    check_failed(&made, "seeds"); /* no setting twice */
    CU_ASSERT_PTR_NOT_NULL(strstr(named(&made, "seeds").text, "no setting of 63"));
    made.setting[1] = 0;
    lab_check check = named(&made, "seeds");
    CU_ASSERT_PTR_NOT_NULL(strstr(check.text, "seeds scatter by 0.000707 (1 degrees"));
    seed[1] = seed[0]; /* the same run twice is no second seed */
    CU_ASSERT_PTR_NOT_NULL(strstr(named(&made, "seeds").text, "no setting of 62"));
    lab_law_data_finish(&made.data);
}

static void one_size_alone_is_told(void)
{
    static runs made;
    double weight[RUNS];
    lay_out(&made);
    for (isize i = 0; i < RUNS; i++) weight[i] = made.size[i] == 3;
    made.given.weight = weight;
    fit_runs(&made);
    CU_ASSERT_EQUAL(made.fit.n, LENGTHS);
    const char *got = failed(&made);
    CU_ASSERT_PTR_NOT_NULL(strstr(got, "levels of each column"));
    CU_ASSERT_PTR_NOT_NULL(strstr(got, "columns apart"));
    CU_ASSERT_PTR_NOT_NULL(strstr(got, "condition of the fit"));
    lab_law_data_finish(&made.data);
}

static void data_that_follow_size_are_told(void)
{
    static runs made;
    lay_out(&made);
    for (isize i = 0; i < RUNS; i++) {
        made.x[i][1] = 20 * made.x[i][0] * (1 + 0.02 * noise(i + 99));
        made.y[i] =
            lab_law_predict(lab_law_find("chinchilla"), surface, made.x[i]) * exp(0.005 * noise(i));
    }
    fit_runs(&made);
    CU_ASSERT_PTR_NOT_NULL(strstr(failed(&made), "columns apart"));
    lab_law_data_finish(&made.data);
}

static void a_narrow_range_of_compute_is_told(void)
{
    static runs made;
    double weight[RUNS];
    lay_out(&made);
    for (isize i = 0; i < RUNS; i++) weight[i] = made.compute[i] > 5e18 && made.compute[i] < 8e19;
    made.given.weight = weight;
    made.given.compute = made.compute;
    fit_runs(&made);
    CU_ASSERT_EQUAL(named(&made, "range of compute").verdict, LAB_CHECK_FAILED);
    lab_law_data_finish(&made.data);
}

/* Runs that are over-trained come out worse than the surface says. */
static void a_trend_over_tokens_a_parameter_is_told(void)
{
    static runs made;
    lay_out(&made);
    for (isize i = 0; i < RUNS; i++) {
        double far = log(made.ratio[i] / 20);
        made.y[i] *= exp(0.004 * far * far);
    }
    fit_runs(&made);
    for (isize i = 0; i < RUNS; i++) made.ratio[i] = fabs(log(made.ratio[i] / 20));
    made.given.ratio = made.ratio;
    CU_ASSERT_EQUAL(named(&made, "residuals over D/N").verdict, LAB_CHECK_FAILED);
    lab_law_data_finish(&made.data);
}

static void a_few_high_losses_that_move_an_exponent_are_told(void)
{
    static runs made;
    lay_out(&made);
    for (isize i = 0; i < 3; i++) made.y[i] *= 1.2; /* small and short */
    fit_runs(&made);
    lab_check check = named(&made, "outliers");
    CU_ASSERT_EQUAL(check.verdict, LAB_CHECK_FAILED);
    CU_ASSERT_PTR_NOT_NULL(strstr(check.text, "of 63 rows"));
    CU_ASSERT_PTR_NOT_NULL(strstr(check.text, "beta"));
    lab_law_data_finish(&made.data);
}

static void a_law_without_a_floor_hits_its_bound(void)
{
    static runs made;
    lay_out(&made);
    for (isize i = 0; i < RUNS; i++) /* bends downwards in log-log: less than no floor */
        made.y[i] = 10 * exp(-0.01 * pow(log(made.x[i][0] / 1e6), 2)) +
                    10 * exp(-0.01 * pow(log(made.x[i][1] / 1e8), 2));
    fit_runs(&made);
    CU_ASSERT_PTR_NOT_NULL(strstr(failed(&made), "bounds"));
    CU_ASSERT_PTR_NOT_NULL(strstr(named(&made, "bounds").text, "no floor at all"));
    lab_law_data_finish(&made.data);
}

static void approaches_that_disagree_are_told(void)
{
    static runs made;
    lab_approach approaches[] = {{.kind = LAB_APPROACH_ENVELOPE, .n = {.interval = {0.4, 0.5}}},
                                 {.kind = LAB_APPROACH_ISOFLOP, .n = {.interval = {0.45, 0.6}}}};
    lay_out(&made);
    fit_runs(&made);
    made.given.approaches = approaches;
    made.given.approach_count = 2;
    check_failed(&made, "");
    approaches[0].n.interval.high = 0.44;
    check_failed(&made, "approaches agree");
    lab_law_data_finish(&made.data);
}

static void widths_of_one_kind_are_not_identifiable(void)
{
    lab_law_data data;
    lab_check checks[LAB_CHECKS];
    char line[PUBLISHED_LINE];
    static double x[512][2], y[512];
    isize n = 0;
    FILE *file = published_open("gemstones_hot_100bp_512x.csv"); /* run, N, D, C, loss, ... */
    if (!file) return;
    for (; published_line(file, line) && n < 512; n++) {
        x[n][0] = published_real(line, 1);
        x[n][1] = published_real(line, 2);
        y[n] = published_real(line, 4);
    }
    lab_law_data_init(&data, lab_law_find("chinchilla"), true, n);
    for (isize i = 0; i < n; i++) lab_law_data_set(&data, i, x[i], y[i], i);
    lab_law_rows rows = lab_law_data_rows(&data, NULL);
    lab_fit fit;
    lab_fit_make(&fit, &rows, &(lab_fit_options){.loss = {LAB_LOSS_HUBER, 1e-3, 1}, .workers = 2});
    int alpha = lab_law_parameter_find(fit.law, "alpha");
    CU_ASSERT(fit.theta[alpha] > 1);
    (void)lab_checks_make(checks, &(lab_checks_given){.fit = &fit, .data = &data});
    for (int i = 0; i < LAB_CHECKS; i++)
        if (strcmp(checks[i].name, "condition of the fit") == 0 ||
            strcmp(checks[i].name, "plausible values") == 0)
            CU_ASSERT_EQUAL(checks[i].verdict, LAB_CHECK_FAILED);
    lab_law_data_finish(&data);
}

/* ---- held-out rows ---- */

/* For least squares of a straight line, leaving one out has a closed form: r / (1 - h). */
static void leaving_one_out_is_what_the_leverage_says(void)
{
    lab_law_data data;
    lab_fit fit;
    lab_holdout out;
    lab_holdout_row rows_out[12];
    double mean = 0, spread = 0;
    lab_law_data_init(&data, lab_law_find("power"), true, 12);
    for (isize i = 0; i < 12; i++) {
        double x = pow(2, (double)i), y = 3 * pow(x, -0.4) * exp(0.05 * noise(i));
        lab_law_data_set(&data, i, &x, y, i);
        mean += (double)i / 12;
    }
    for (int i = 0; i < 12; i++) spread += (i - mean) * (i - mean);
    lab_law_rows rows = lab_law_data_rows(&data, NULL);
    lab_fit_make(&fit, &rows, &(lab_fit_options){.loss = squares});
    lab_holdout_one(&out, &data, NULL, &fit,
                    &(lab_holdout_options){.workers = 2, .rows = rows_out});
    CU_ASSERT_EQUAL(out.n, 12);
    CU_ASSERT_EQUAL(out.refits, 12);
    CU_ASSERT(isnan(out.coverage));
    double score = 0, bias = 0;
    for (isize i = 0; i < 12; i++) {
        double rest = data.response[i] - lab_law_rows_predict(&rows, i, fit.theta, NULL);
        double leverage = 1.0 / 12 + ((double)i - mean) * ((double)i - mean) / spread;
        rest /= 1 - leverage;
        score += rest * rest / 12;
        bias += 100 * (exp(-rest) - 1) / 12;
        check_near("error", rows_out[i].error, 100 * (exp(-rest) - 1), 1e-5);
    }
    check_near("score", out.score, score, 1e-7 * score);
    check_near("bias", out.bias, bias, 1e-5);
    lab_law_data_finish(&data);
}

static void intervals_of_refits_hold_the_rows_that_were_left_out(void)
{
    static runs made;
    lab_holdout by_size, again, top;
    lay_out(&made);
    fit_runs(&made);
    lab_holdout_options options = {.draws = 60, .confidence = 0.95, .workers = 2, .seed = 5};
    lab_holdout_groups(&by_size, &made.data, NULL, &made.fit, made.size, &options);
    CU_ASSERT_EQUAL(by_size.refits, SIZES);
    CU_ASSERT_EQUAL(by_size.n, RUNS);
    CU_ASSERT(by_size.coverage > 0.85 && by_size.absolute < 1 && fabs(by_size.bias) < 0.5);
    options.workers = 1;
    lab_holdout_groups(&again, &made.data, NULL, &made.fit, made.size, &options);
    CU_ASSERT(memcmp(&again.coverage, &by_size.coverage, sizeof again.coverage) == 0);
    CU_ASSERT(memcmp(&again.score, &by_size.score, sizeof again.score) == 0);
    lab_holdout_top(&top, &made.data, NULL, &made.fit, made.compute, 0.3, &options);
    CU_ASSERT_EQUAL(top.refits, 1);
    CU_ASSERT(top.n >= 19 && top.n <= 21); /* equal ones go together */
    CU_ASSERT(top.coverage > 0.8 && top.absolute < 1);
    lab_holdout_top(&top, &made.data, NULL, &made.fit, made.compute, 0.95, &options);
    CU_ASSERT_PTR_NOT_NULL(top.reason);
    CU_ASSERT(isnan(top.bias));
    lab_law_data_finish(&made.data);
}

/* Siblings differ by rounding: with one in the rows, the other is known. */
static void siblings_of_a_cluster_are_left_out_together(void)
{
    static runs made;
    lab_holdout whole, pairs;
    lab_holdout_row rows_out[RUNS];
    lay_out(&made);
    for (isize i = 0; i < RUNS; i++) made.y[i] *= exp(0.02 * noise(i / 2 + 500));
    fit_runs(&made);
    for (isize i = 0; i < RUNS; i++) made.data.cluster[i] = 7 - i / 2;
    lab_holdout_options options = {.workers = 2, .rows = rows_out};
    lab_holdout_one(&pairs, &made.data, NULL, &made.fit, &options);
    CU_ASSERT_EQUAL(pairs.units, (RUNS + 1) / 2);
    CU_ASSERT_EQUAL(pairs.refits, pairs.units);
    CU_ASSERT_EQUAL(pairs.n, RUNS);
    lab_holdout_groups(&whole, &made.data, NULL, &made.fit, made.setting, &options);
    check_near("the same pairs", whole.score, pairs.score, 0);
    lab_law_data_finish(&made.data);
}

/* A line through three rows, one of which is left out: of the two that are left no draw has an
 * interval that its fit could tell, and no row counts as missed. */
static void rows_without_an_interval_are_not_missed(void)
{
    lab_law_data data;
    lab_fit fit;
    lab_holdout out;
    lab_law_data_init(&data, lab_law_find("power"), true, 4);
    for (isize i = 0; i < 4; i++) {
        double x = i < 3 ? 10 : 100, y = (i < 3 ? 2 : 1) * exp(0.01 * noise(i));
        lab_law_data_set(&data, i, &x, y, i);
    }
    lab_law_rows rows = lab_law_data_rows(&data, NULL);
    lab_fit_make(&fit, &rows, &(lab_fit_options){.loss = squares});
    lab_holdout_one(&out, &data, NULL, &fit, &(lab_holdout_options){.draws = 50, .workers = 2});
    CU_ASSERT_EQUAL(out.n, 4);
    CU_ASSERT_EQUAL(out.covered, 3); /* without the last, all rows have one x */
    CU_ASSERT(out.coverage > 0.5);
    check_near("thirds", 3 * out.coverage, round(3 * out.coverage), 1e-12);
    lab_law_data_finish(&data);
}

static void many_rows_are_left_out_in_folds(void)
{
    enum { MANY = 450 };
    lab_law_data data;
    lab_fit fit;
    lab_holdout out;
    lab_holdout_row rows_out[MANY];
    lab_law_data_init(&data, lab_law_find("power"), true, MANY);
    for (isize i = 0; i < MANY; i++) {
        double x = 1 + (double)i, y = 3 * pow(x, -0.4) * exp(0.05 * noise(i));
        lab_law_data_set(&data, i, &x, y, i);
    }
    lab_law_rows rows = lab_law_data_rows(&data, NULL);
    lab_fit_make(&fit, &rows, &(lab_fit_options){.loss = squares});
    lab_holdout_one(&out, &data, NULL, &fit,
                    &(lab_holdout_options){.workers = 2, .rows = rows_out});
    CU_ASSERT_EQUAL(out.units, MANY);
    CU_ASSERT_EQUAL(out.refits, LAB_HOLDOUT_FOLDS);
    CU_ASSERT_EQUAL(out.n, MANY);
    for (isize i = 0; i < MANY; i++) CU_ASSERT(rows_out[i].held);
    double weight[MANY], x = 8; /* rows 7, 207 and 407 are one fold */
    for (isize i = 0; i < MANY; i++) weight[i] = i % LAB_HOLDOUT_FOLDS != 7;
    lab_law_rows rest = lab_law_data_rows(&data, weight);
    lab_fit_make(&fit, &rest, &(lab_fit_options){.loss = squares});
    check_near("of the rest", rows_out[7].predicted, lab_law_predict(data.law, fit.theta, &x),
               1e-7);
    lab_law_data_finish(&data);
}

/* ---- laws beside each other ---- */

static void rows_prefer_the_law_that_made_them(void)
{
    static const char *const names[] = {"power", "offset"};
    static const double theta[] = {0.5, 3, 0.3};
    const double target = 1e9;
    lab_law_data data[2];
    lab_spread spread;
    lab_spread_form forms[2];
    for (int k = 0; k < 2; k++) {
        lab_law_data_init(&data[k], lab_law_find(names[k]), true, 24);
        for (isize i = 0; i < 24; i++) {
            double x = 1e3 * pow(1e4, (double)i / 23);
            double y = lab_law_predict(lab_law_find("offset"), theta, &x) * exp(0.01 * noise(i));
            lab_law_data_set(&data[k], i, &x, y, i);
        }
        forms[k] = (lab_spread_form){&data[k], &target};
    }
    lab_spread_make(&spread, forms, 2, NULL, &(lab_fit_options){.loss = squares, .workers = 2});
    CU_ASSERT_EQUAL(spread.best_aicc, 1);
    CU_ASSERT_EQUAL(spread.best_bic, 1);
    CU_ASSERT_EQUAL(spread.best_score, 1);
    check_near("no worse than itself", spread.of[1].delta, 0, 0);
    CU_ASSERT(spread.of[0].delta > 10);
    check_near("shares", spread.of[0].share + spread.of[1].share, 1, 1e-12);
    check_near("low", spread.low, spread.of[0].predicted, 0);
    check_near("high", spread.high, spread.of[1].predicted, 0);
    CU_ASSERT(spread.low < exp(0.5) && spread.high > 1.5);
    CU_ASSERT(spread.mean > 1.5 && spread.mean <= spread.high);
    for (int k = 0; k < 2; k++) lab_law_data_finish(&data[k]);
}

SUITE(law_checks,
      {"sound runs pass, and what is not given does not apply",
       sound_runs_pass_and_what_is_not_given_does_not_apply},
      {"each defect of the record fails its own check",
       each_defect_of_the_record_fails_its_own_check},
      {"fewer rows than twice the parameters are told",
       fewer_rows_than_twice_the_parameters_are_told},
      {"a law without limits is not called plausible",
       a_law_without_limits_is_not_called_plausible},
      {"many basins are told in a whole sentence", many_basins_are_told_in_a_whole_sentence},
      {"seeds tell which differences are none", seeds_tell_which_differences_are_none},
      {"one size alone is told", one_size_alone_is_told},
      {"data that follow size are told", data_that_follow_size_are_told},
      {"a narrow range of compute is told", a_narrow_range_of_compute_is_told},
      {"a trend over tokens a parameter is told", a_trend_over_tokens_a_parameter_is_told},
      {"a few high losses that move an exponent are told",
       a_few_high_losses_that_move_an_exponent_are_told},
      {"a law without a floor hits its bound", a_law_without_a_floor_hits_its_bound},
      {"approaches that disagree are told", approaches_that_disagree_are_told},
      {"gemstones: widths of one kind are not identifiable",
       widths_of_one_kind_are_not_identifiable},
      {"leaving one out is what the leverage says", leaving_one_out_is_what_the_leverage_says},
      {"intervals of refits hold the rows that were left out",
       intervals_of_refits_hold_the_rows_that_were_left_out},
      {"siblings of a cluster are left out together", siblings_of_a_cluster_are_left_out_together},
      {"rows without an interval are not missed", rows_without_an_interval_are_not_missed},
      {"many rows are left out in folds", many_rows_are_left_out_in_folds},
      {"rows prefer the law that made them", rows_prefer_the_law_that_made_them})
