/* What pre-training compute and loss are worth to a probe, each data set and way of probing alone.
 */
#include "report/chart.h"
#include "report/figure.h"
#include <math.h>

/* A control is a level across the plot, of the group's first row that has it. */
static void add_level(lab_chart *chart, const char *label, double share, int dash)
{
    if (!isnan(share))
        lab_chart_level(chart, (lab_series){.label = label, .hue = -1, .dash = dash}, 100 * share);
}

static void draw_group(const lab_scene *scene, isize first, isize end, const char *name)
{
    const lab_rows *rows = scene->rows;
    lab_text title = {0};
    lab_chart chart = {0};
    for (isize row = first; row < end; row++) {
        double share = lab_rows_real(rows, row, "test_top1");
        double images = lab_rows_real(rows, row, "test_images");
        double flops = lab_rows_real(rows, row, "flops_total");
        const char *run = lab_rows_text(rows, row, "run");
        if (isnan(share)) continue;
        lab_look look = lab_look_of(scene->styles, run);
        lab_chart_marker(&chart, look, lab_accuracy_point(flops, share, images));
        lab_chart_tip(&chart, "%s, run %s, %s: %.2f %% at %.3g FLOPs (n = %.0f)", look.label, run,
                      lab_rows_text(rows, row, "tap"), 100 * share, flops, images);
    }
    add_level(&chart, "best untrained trunk", lab_rows_real(rows, first, "untrained"), 1);
    add_level(&chart, "pixels, linear classifier", lab_rows_real(rows, first, "pixels"), 2);
    lab_name_probes(&title, scene, first, lab_row_way(rows, first)->title);
    lab_plot plot = {.title = lab_text_of(&title),
                     .about = "Test accuracy of the best layer against training FLOPs, beside the "
                              "controls.",
                     .x = {.label = "training FLOPs", .log = true},
                     .y = {.label = "test top-1 of the best layer, %"},
                     .width = 510,
                     .height = 380};
    lab_chart_put(&chart, scene->page, name, &plot);
    lab_text_finish(&title);
}

void lab_render_downstream(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    isize count = lab_rows_count(rows);
    lab_text name = {0};
    if (count == 0) lab_page_text(scene->page, "No finished pre-training run has been probed.");
    for (isize first = 0, end = 0; first < count; first = end) {
        const char *kind = lab_rows_text(rows, first, "kind");
        while (end < count && lab_alike(rows, first, end)) end++;
        lab_text_clear(&name);
        lab_text_add(&name, "accuracy-by-compute-%s", kind);
        if (first > 0 && lab_row_is(rows, first - 1, "kind", kind))
            lab_text_add(&name, "-%s", lab_rows_text(rows, first, "probe_run"));
        draw_group(scene, first, end, lab_text_of(&name));
    }
    lab_text_finish(&name);
}

static const lab_figure figures[] = {
    {"What was asked", "asked", lab_render_asked, NULL},
    {"What this stands on", "contents", lab_render_contents, NULL},
    {NULL, "programs", lab_render_programs, NULL},
    {NULL, "data_sets", lab_render_data_sets, NULL},
    {"Probes left out", "excluded_probes", lab_render_table,
     "A stale probe read a checkpoint of its trunk that has been replaced since; the sweep that "
     "asked for it runs it again."},
    {"Ways of using a trunk", "ways", lab_render_ways,
     "Test top-1 in percent, \u00B1 its binomial standard error, at the tap that is best on "
     "validation images; LoRA and fine-tuning read the mean of the last blocks alone, and are "
     "compared with the attentive head that reads the same of the frozen trunk, made in the same "
     "way. Without pre-training: the same done with a trunk of random weights."},
    {"Accuracy against loss", "accuracy_by_loss", lab_render_accuracy_by_loss,
     "One plot and one row for each data set, kind of head and way of probing, which do not "
     "compare with one another. Best tap of each run, chosen on validation images. Fisher's "
     "interval supposes normal columns: approximate. The bootstrap draws runs, 2000 times. The "
     "rank-partial coefficient (Spearman's, given compute) takes out what rises or falls with "
     "compute's rank, and nothing else that the runs share."},
    {"Accuracy against compute", "downstream", lab_render_downstream,
     "Test top-1 of the best tap of each run, with Wilson's 95 % interval, against the FLOPs of "
     "its pre-training. Dashed: the best untrained trunk of any shape; dotted: a linear "
     "classifier on raw pixels; both probed in the same way on the same images."},
    {"Best layer, beside the controls", "best_layers", lab_render_best_layers,
     "Test top-1 in percent, \u00B1 its binomial standard error. Only controls that were probed in "
     "the same way, on the same images, stand beside a trunk. Unclear: better, but within the 95 % "
     "interval of the difference."},
    {"What this report cannot say", "limits", lab_render_limits, NULL},
    {NULL, NULL, NULL, NULL}};

const lab_report lab_report_downstream = {
    "downstream",
    "patchlaw: what loss and compute are worth to a probe",
    "each data set and way of probing: accuracy against loss and compute, beside the controls",
    figures,
    NULL,
    NULL};
