/* How what was foretold of runs came out: each prediction was in the ledger before its run began.
 */
#include "report/chart.h"
#include "report/figure.h"
#include "stats/distribution.h"
#include <math.h>

static const double CONFIDENCE = 0.95;

static bool is_scored(const lab_rows *rows, isize row)
{
    return lab_row_is(rows, row, "state", "scored");
}

static isize count_scored(const lab_rows *rows)
{
    isize scored = 0;
    for (isize row = 0; row < lab_rows_count(rows); row++) scored += is_scored(rows, row);
    return scored;
}

/* How many of n there are, and in percent which shares of many more would go with that. */
static void put_share(lab_page *page, isize inside, isize n, double promised)
{
    lab_interval share = lab_proportion_interval((double)inside / (double)n, (double)n, CONFIDENCE);
    lab_page_cell_marked(page,
                         share.high < promised  ? "bad"
                         : share.low > promised ? "unclear"
                                                : "good",
                         "%td of %td (%.0f to %.0f %%)", inside, n, 100 * share.low,
                         100 * share.high);
}

static void put_scores(const lab_scene *scene)
{
    static const lab_column columns[] = {{"Plan", false},
                                         {"Role", false},
                                         {"Promised", true},
                                         {"In a run's interval", true},
                                         {"In the mean's", true},
                                         {"Bias, %", true},
                                         {"Size of errors, %", true},
                                         {"Spread of z", true}};
    const lab_rows *rows = scene->rows;
    lab_page *page = scene->page;
    lab_page_table(page, columns, (int)(sizeof columns / sizeof *columns));
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        isize n = lab_rows_int(rows, row, "n"), inside = lab_rows_int(rows, row, "inside_run");
        double promised = lab_rows_real(rows, row, "confidence");
        lab_page_cell(page, "%s", lab_rows_text(rows, row, "plan"));
        lab_page_cell(page, "%s", lab_rows_text(rows, row, "role"));
        lab_page_number(page, "%.0f %%", 100 * promised);
        put_share(page, inside, n, promised);
        lab_page_cell(page, "%td of %td", lab_rows_int(rows, row, "inside_mean"), n);
        lab_page_number(page, "%+.2f", lab_rows_real(rows, row, "bias_pct"));
        lab_page_number(page, "%.2f", lab_rows_real(rows, row, "error_pct"));
        lab_page_number(page, "%.2f", lab_rows_real(rows, row, "z_rms"));
    }
    lab_page_table_end(page);
}

static void render_scores(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    if (lab_rows_count(rows) == 0) {
        lab_page_text(scene->page, "No prediction can be scored yet: none was made, or no run of "
                                   "which one was made has finished. patchlaw plan --out makes "
                                   "them, patchlaw sweep runs them.");
        return;
    }
    put_scores(scene);
    isize n = 0, inside = 0;
    double promised = 1, errors = 0;
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        n += lab_rows_int(rows, row, "runs");
        inside += lab_rows_int(rows, row, "runs_inside");
        errors += lab_rows_real(rows, row, "runs_error_pct");
        promised = fmin(promised, lab_rows_real(rows, row, "confidence"));
    }
    lab_interval share = lab_proportion_interval((double)inside / (double)n, (double)n, CONFIDENCE);
    lab_page_finding(scene->page,
                     "%td of %td runs ended inside the interval that was foretold of them (%.0f to "
                     "%.0f %%, where %.0f %% was promised); predictions were off by %.2f %% of the "
                     "loss on average.",
                     inside, n, 100 * share.low, 100 * share.high, 100 * promised,
                     errors / (double)n);
    if (share.high < promised)
        lab_page_warning(scene->page, "The intervals promise more than they hold: fewer runs end "
                                      "inside than chance explains.");
}

/* An observed loss at what was foretold of it, with the interval of a run as its bar. */
static void draw_observed(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    lab_chart chart = {0};
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        if (!is_scored(rows, row)) continue;
        bool held = lab_row_is(rows, row, "role", "score");
        double observed = lab_rows_real(rows, row, "observed"), y = lab_rows_real(rows, row, "y");
        lab_look look = {
            .label = held ? "held out for scoring" : "to learn from", .hue = held, .shape = held};
        lab_point point = {observed, y, lab_rows_real(rows, row, "run_low"),
                           lab_rows_real(rows, row, "run_high"), NULL};
        lab_chart_marker(&chart, look, point);
        lab_chart_tip(&chart, "%s, run %s: foretold %.4f (%.4f to %.4f), was %.4f",
                      lab_rows_text(rows, row, "plan"), lab_rows_text(rows, row, "run"), y,
                      point.low, point.high, observed);
    }
    lab_chart_diagonal(&chart);
    lab_plot plot = {.about = "Loss that was foretold, with the interval of one new run, against "
                              "the loss that came; on the diagonal the two agree.",
                     .x = {.label = "loss that came"},
                     .y = {.label = "loss that was foretold"},
                     .width = 510,
                     .height = 420};
    lab_chart_put(&chart, scene->page, "foretold-by-observed", &plot);
}

/* How far off by compute, in standard deviations that were foretold. */
static void draw_errors(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    lab_chart chart = {0};
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        double compute = lab_rows_real(rows, row, "C"), z = lab_rows_real(rows, row, "z");
        if (!is_scored(rows, row) || isnan(compute) || isnan(z)) continue;
        bool held = lab_row_is(rows, row, "role", "score");
        lab_look look = {
            .label = held ? "held out for scoring" : "to learn from", .hue = held, .shape = held};
        lab_chart_marker(&chart, look, (lab_point){compute, z, (double)NAN, (double)NAN, NULL});
        lab_chart_tip(&chart, "%s, run %s: z %.2f at %.3g FLOPs", lab_rows_text(rows, row, "plan"),
                      lab_rows_text(rows, row, "run"), z, compute);
    }
    lab_chart_level(&chart, (lab_series){.label = "as foretold", .hue = -1, .dash = 1}, 0);
    lab_plot plot = {.about = "Observed less foretold loss, in standard deviations of a new run, "
                              "against training FLOPs.",
                     .x = {.label = "training FLOPs", .log = true},
                     .y = {.label = "z: standard deviations off"},
                     .width = 510,
                     .height = 420};
    lab_chart_put(&chart, scene->page, "z-by-compute", &plot);
}

static void render_predictions(const lab_scene *scene)
{
    if (count_scored(scene->rows) == 0) {
        lab_page_text(scene->page, "Nothing to draw yet.");
        return;
    }
    draw_observed(scene);
    draw_errors(scene);
}

static const lab_figure figures[] = {
    {"What was asked", "asked", lab_render_asked, NULL},
    {"How predictions came out", "prediction_scores", render_scores,
     "Only predictions that were in the ledger before the first attempt at their run began, of "
     "each "
     "plan the last of a run; of a run that several plans foretold, the total takes the last "
     "alone. "
     "Promised: the confidence of the intervals. Behind the shares, Wilson's 95 % interval of the "
     "share that many more such runs would show. The mean's interval is of the curve, not of a "
     "run, "
     "and a run may lie outside it. Bias: observed less foretold, in percent of what was foretold. "
     "Spread of z: root mean square of the error over the foretold standard deviation, 1 where "
     "intervals are right, above it where they are too narrow."},
    {"Foretold and observed", "predictions", render_predictions,
     "Bars: the interval of one new run."},
    {"Every prediction", "predictions", lab_render_table,
     "Waiting: its run is not done. Made too late: its run had begun, so it is never scored."},
    {"What this report cannot say", "limits", lab_render_limits, NULL},
    {NULL, NULL, NULL, NULL}};

const lab_report lab_report_calibration = {
    "calibration",
    "patchlaw: predictions and what became of them",
    "predictions that were made before their runs: errors, and whether intervals hold",
    figures,
    NULL,
    NULL};
