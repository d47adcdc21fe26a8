/* What was asked, what the report stands on, what it left out, and what it cannot say. */
#include "base/hash.h"
#include "report/figure.h"
#include <math.h>
#include <string.h>

static const char *or_unsaid(const char *text)
{
    return *text ? text : "not written down";
}

void lab_render_asked(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    if (lab_rows_count(rows) == 0)
        lab_page_warning(scene->page, "No sweep asked for these runs: there is no question, "
                                      "prediction or rule that was written before them.");
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        lab_page_item(scene->page, "Sweep", "%s (file sha256 %.12s)",
                      lab_rows_text(rows, row, "name"), lab_rows_text(rows, row, "sha256"));
        lab_page_item(scene->page, "Question", "%s",
                      or_unsaid(lab_rows_text(rows, row, "question")));
        lab_page_item(scene->page, "Prediction", "%s",
                      or_unsaid(lab_rows_text(rows, row, "prediction")));
        lab_page_item(scene->page, "Decision rule", "%s",
                      or_unsaid(lab_rows_text(rows, row, "decision")));
        lab_page_item(scene->page, "Cells",
                      "%td: %td done, %td open, %td failed, %td pruned, %td blocked by their trunk",
                      lab_rows_int(rows, row, "cells"), lab_rows_int(rows, row, "done"),
                      lab_rows_int(rows, row, "open"), lab_rows_int(rows, row, "failed"),
                      lab_rows_int(rows, row, "pruned"), lab_rows_int(rows, row, "blocked"));
        if (lab_rows_int(rows, row, "others") > 0)
            lab_page_warning(scene->page,
                             "The ledger holds %td other sweeps of this name, of a file that read "
                             "otherwise. This report is about the newest alone; without --sweep it "
                             "is about all runs.",
                             lab_rows_int(rows, row, "others"));
    }
}

void lab_render_contents(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    const char *hashes = lab_rows_text(rows, 0, "runs_hash");
    const char *newest = lab_rows_text(rows, 0, "newest");
    lab_page_item(scene->page, "Finished runs", "%td pre-trained, %td probed, %td controls",
                  lab_rows_int(rows, 0, "pretrained"), lab_rows_int(rows, 0, "probes"),
                  lab_rows_int(rows, 0, "controls"));
    lab_page_item(scene->page, "Records", "%td cells, %td attempts, %td points, %td probe results",
                  lab_rows_int(rows, 0, "cells"), lab_rows_int(rows, 0, "attempts"),
                  lab_rows_int(rows, 0, "points"), lab_rows_int(rows, 0, "heads"));
    lab_page_item(scene->page, "Last event", "%s%s", *newest ? newest : "none",
                  *newest ? " UTC" : "");
    lab_page_item(scene->page, "Set of runs", "sha256 %s",
                  lab_sha256_of(hashes, (isize)strlen(hashes)).hex);
}

void lab_render_programs(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        const char *commit = lab_rows_text(rows, row, "git_commit");
        lab_page_item(scene->page, "Built from", "commit %s%s; %s, %s, %s kernel %s: %td runs",
                      *commit ? commit : "unknown",
                      lab_rows_int(rows, row, "git_dirty") ? " with uncommitted changes" : "",
                      lab_rows_text(rows, row, "cpu"), lab_rows_text(rows, row, "isa"),
                      lab_rows_text(rows, row, "blas"), lab_rows_text(rows, row, "blas_kernel"),
                      lab_rows_int(rows, row, "runs"));
    }
}

void lab_render_data_sets(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        const char *sha256 = lab_rows_text(rows, row, "sha256");
        lab_page_item(scene->page, "Data", "%s (sha256 %.12s): %td runs",
                      lab_rows_text(rows, row, "name"), *sha256 ? sha256 : "not kept",
                      lab_rows_int(rows, row, "runs"));
    }
    if (lab_rows_count(rows) > 1)
        lab_page_warning(scene->page,
                         "These runs read %td data sets: losses and accuracies of different data "
                         "do not compare. Name one sweep with --sweep.",
                         lab_rows_count(rows));
}

void lab_render_excluded(const lab_scene *scene)
{
    static const lab_column columns[] = {
        {"Run", false}, {"Task", false}, {"State", false}, {"Reason", false}};
    const lab_rows *rows = scene->rows;
    isize count = lab_rows_count(rows);
    if (count == 0) {
        lab_page_text(scene->page, "No run is left out.");
        return;
    }
    lab_page_text(scene->page,
                  "%td of the runs are in no figure below, except that a loss curve "
                  "is drawn as far as it got:",
                  count);
    lab_page_table(scene->page, columns, 4);
    for (isize row = 0; row < count; row++) {
        lab_page_cell(scene->page, "%s", lab_rows_text(rows, row, "run"));
        lab_page_cell(scene->page, "%s", lab_rows_text(rows, row, "task"));
        lab_page_cell(scene->page, "%s", lab_rows_text(rows, row, "state"));
        lab_page_cell_marked(scene->page, "words", "%s", lab_rows_text(rows, row, "reason"));
    }
    lab_page_table_end(scene->page);
}

/* ---- all runs ---- */

static const char *const dash = "\u2013";

static const char *text_or_dash(const lab_rows *rows, isize row, const char *column)
{
    return lab_rows_is_null(rows, row, column) ? dash : lab_rows_text(rows, row, column);
}

static lab_short count_or_dash(const lab_rows *rows, isize row, const char *column)
{
    double value = lab_rows_real(rows, row, column);
    return isnan(value) ? (lab_short){"\u2013"} : lab_short_count(value);
}

static lab_short seconds_or_dash(const lab_rows *rows, isize row, const char *column)
{
    double value = lab_rows_real(rows, row, column);
    return isnan(value) ? (lab_short){"\u2013"} : lab_short_seconds(value);
}

static void put_state(const lab_scene *scene, isize row)
{
    const lab_rows *rows = scene->rows;
    const char *state = lab_rows_text(rows, row, "state");
    bool done = strcmp(state, "done") == 0;
    const char *mark = done ? "good" : strcmp(state, "queued") == 0 ? "" : "bad";
    if (!done && !lab_rows_is_null(rows, row, "signal"))
        lab_page_cell_marked(scene->page, mark, "%s (signal %td)", state,
                             lab_rows_int(rows, row, "signal"));
    else if (!done && !lab_rows_is_null(rows, row, "exit_code"))
        lab_page_cell_marked(scene->page, mark, "%s (exit %td)", state,
                             lab_rows_int(rows, row, "exit_code"));
    else
        lab_page_cell_marked(scene->page, mark, "%s", state);
}

static void put_run(const lab_scene *scene, isize row)
{
    lab_page *page = scene->page;
    const lab_rows *rows = scene->rows;
    const char *parent = lab_rows_text(rows, row, "parent");
    double loss = lab_rows_real(rows, row, "loss");
    /* A classifier on pixels carries the keys of a trunk, and has none. */
    bool trunk = strcmp(lab_rows_text(rows, row, "kind"), "pixels") != 0;
    lab_page_cell(page, "%s", lab_rows_text(rows, row, "run"));
    lab_page_cell(page, "%s%s%s", lab_rows_text(rows, row, "kind"), *parent ? " of " : "", parent);
    put_state(scene, row);
    lab_page_cell(page, "%s", trunk ? text_or_dash(rows, row, "width") : dash);
    lab_page_cell(page, "%s", trunk ? text_or_dash(rows, row, "depth") : dash);
    lab_page_cell(page, "%td", lab_rows_int(rows, row, "seed"));
    lab_page_cell(page, "%s", text_or_dash(rows, row, "steps"));
    lab_page_cell(page, "%s", count_or_dash(rows, row, "params_trunk").text);
    lab_page_cell(page, "%s", count_or_dash(rows, row, "params_total").text);
    lab_page_cell(page, "%s", count_or_dash(rows, row, "flops_total").text);
    lab_page_cell(page, "%s", count_or_dash(rows, row, "images").text);
    lab_page_number(page, "%.4f", loss);
    lab_page_cell(page, "%s", seconds_or_dash(rows, row, "wall_s").text);
    lab_page_cell(page, "%s", seconds_or_dash(rows, row, "cpu_s").text);
    lab_page_cell(page, "%s", count_or_dash(rows, row, "rss_peak").text);
    lab_page_cell(page, "%td", lab_rows_int(rows, row, "attempts"));
    lab_page_cell(page, "%.10s%s", lab_rows_text(rows, row, "git_commit"),
                  lab_rows_int(rows, row, "git_dirty") ? " +" : "");
    lab_page_cell(page, "%s", lab_rows_text(rows, row, "cpu"));
    lab_page_cell(page, "%s", lab_rows_text(rows, row, "blas_kernel"));
}

void lab_render_run_table(const lab_scene *scene)
{
    static const lab_column columns[] = {
        {"Run", false},      {"Kind", false},      {"State", false},      {"Width", true},
        {"Depth", true},     {"Seed", true},       {"Steps", true},       {"Trunk params", true},
        {"With head", true}, {"FLOPs", true},      {"Images", true},      {"Val loss", true},
        {"Wall time", true}, {"CPU time", true},   {"Peak B", true},      {"Attempts", true},
        {"Commit", false},   {"CPU model", false}, {"BLAS kernel", false}};
    if (lab_rows_count(scene->rows) == 0) {
        lab_page_text(scene->page, "There are no runs.");
        return;
    }
    lab_page_table(scene->page, columns, (int)(sizeof columns / sizeof *columns));
    for (isize row = 0; row < lab_rows_count(scene->rows); row++) put_run(scene, row);
    lab_page_table_end(scene->page);
}

/* ---- limits ---- */

static void limits_of_design(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    isize points = lab_rows_int(rows, 0, "points"), settings = lab_rows_int(rows, 0, "settings");
    isize repeated = lab_rows_int(rows, 0, "repeated");
    double decades =
        log10(lab_rows_real(rows, 0, "compute_high") / lab_rows_real(rows, 0, "compute_low"));
    if (points == 0) {
        lab_page_warning(scene->page, "No pre-training run has finished: nothing can be said yet.");
        return;
    }
    if (repeated < settings)
        lab_page_warning(scene->page,
                         "%td of %td settings have a single seed: a difference between two of them "
                         "may be the luck of the seed, and no figure here measures that luck.",
                         settings - repeated, settings);
    if (points < 8)
        lab_page_warning(scene->page,
                         "%td runs are few: intervals are wide or rest on few degrees of freedom, "
                         "and a bootstrap of so few points is rough.",
                         points);
    if (decades < 1.5)
        lab_page_warning(scene->page,
                         "Compute spans %.2f decades, less than 1.5: a power law cannot be told "
                         "from other smooth curves, and nothing follows about larger budgets.",
                         decades);
    if (lab_rows_int(rows, 0, "rates") == 1)
        lab_page_warning(scene->page,
                         "All trunks were trained with one peak learning rate: where the best rate "
                         "changes with size, the exponent is that of the tuning, too.");
}

void lab_render_limits(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    isize heads = lab_rows_int(rows, 0, "heads"), edge = lab_rows_int(rows, 0, "edge_heads");
    limits_of_design(scene);
    if (edge > 0)
        lab_page_warning(scene->page,
                         "%td of %td probe heads chose the smallest or largest learning rate of "
                         "their grid: a wider grid may do better.",
                         edge, heads);
    if (lab_rows_int(rows, 0, "without_untrained") > 0)
        lab_page_warning(scene->page,
                         "%td probed trunks have no untrained control of their shape that was "
                         "probed in the same way.",
                         lab_rows_int(rows, 0, "without_untrained"));
    if (lab_rows_int(rows, 0, "data_sets") > 1 || lab_rows_int(rows, 0, "patch_sizes") > 1)
        lab_page_warning(scene->page,
                         "Runs of %td data sets and %td patch sizes are drawn together; their "
                         "losses are not on one scale.",
                         lab_rows_int(rows, 0, "data_sets"), lab_rows_int(rows, 0, "patch_sizes"));
    if (lab_rows_int(rows, 0, "commits") > 1 || lab_rows_int(rows, 0, "dirty") > 0)
        lab_page_warning(scene->page,
                         "The runs come from %td commits, %td of them from uncommitted source: the "
                         "program itself may differ between them.",
                         lab_rows_int(rows, 0, "commits"), lab_rows_int(rows, 0, "dirty"));
    if (lab_rows_int(rows, 0, "kernels") > 1)
        lab_page_warning(scene->page,
                         "The runs used %td combinations of CPU and BLAS kernel: bits, and so "
                         "curves, may differ between them.",
                         lab_rows_int(rows, 0, "kernels"));
    lab_page_text(scene->page,
                  "Losses are means over held-out images of one split, without an interval of "
                  "their own; accuracies carry the binomial error of their test images only.");
    lab_page_text(scene->page,
                  "What holds for this data, these sizes and these budgets need not hold for "
                  "others, and an association of loss and accuracy across runs that share a cause "
                  "(compute) does not show that one makes the other.");
}
