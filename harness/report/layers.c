/* Which layer is best, what attention adds to a probe, and what averaging the last blocks does. */
#include "report/chart.h"
#include "report/figure.h"
#include <math.h>
#include <stdio.h>

enum { WIDTH = 510, HEIGHT = 360, HEADS = 3, EXPECTED = 2 };
static const char *const heads[HEADS] = {"attentive", "linear", "knn"};
static const char *const titles[HEADS] = {"Attentive probes", "Linear probes", "k-NN probes"};

/* Who made no probes of a kind that few make needs no empty figure of them. */
static bool is_shown(const lab_rows *rows, int head)
{
    return head < EXPECTED || lab_rows_find(rows, "kind", heads[head]) >= 0;
}

static lab_look look_of(const lab_scene *scene, isize row)
{
    return lab_look_of(scene->styles, lab_rows_text(scene->rows, row, "run"));
}

/* ---- the best block ---- */

static void add_block(lab_chart *chart, const lab_scene *scene, isize row, bool by_size)
{
    const lab_rows *rows = scene->rows;
    double depth = lab_rows_real(rows, row, "depth"), block = lab_rows_real(rows, row, "block");
    double low = lab_rows_real(rows, row, "low"), high = lab_rows_real(rows, row, "high");
    lab_look look = look_of(scene, row);
    lab_point point = {depth, block, low, high, NULL};
    if (by_size)
        point = (lab_point){lab_rows_real(rows, row, "N"), (block + 1) / depth, (low + 1) / depth,
                            (high + 1) / depth, NULL};
    lab_chart_marker(chart, look, point);
    lab_chart_tip(chart,
                  "%s, probe %s: block %.0f of %.0f (%.0f to %.0f are as good), test %.2f %%",
                  look.label, lab_rows_text(rows, row, "probe_run"), block, depth, low, high,
                  100 * lab_rows_real(rows, row, "test_top1"));
}

static void draw_blocks(const lab_scene *scene, int head, bool by_size)
{
    char name[64];
    lab_chart chart = {0};
    for (isize row = 0; row < lab_rows_count(scene->rows); row++)
        if (lab_row_is(scene->rows, row, "kind", heads[head]))
            add_block(&chart, scene, row, by_size);
    lab_plot plot = {.title = titles[head],
                     .about = by_size ? "Where the best block lies, as a share of the depth, "
                                        "against the size of the trunk."
                                      : "The best block against the depth of the trunk.",
                     .x = {.label = by_size ? "parameters of the trunk" : "depth, blocks",
                           .log = by_size,
                           .whole = !by_size},
                     .y = {.label = by_size ? "best block / depth (1 is the last)"
                                            : "best block (0 is the first)",
                           .whole = !by_size},
                     .width = WIDTH,
                     .height = HEIGHT};
    (void)snprintf(name, sizeof name, "best-block-by-%s-%s", by_size ? "size" : "depth",
                   heads[head]);
    lab_chart_put(&chart, scene->page, name, &plot);
}

void lab_render_best_blocks(const lab_scene *scene)
{
    if (lab_rows_count(scene->rows) == 0) {
        lab_page_text(scene->page, "No block of a trained trunk has been probed.");
        return;
    }
    bool many = false;
    for (isize row = 0; row < lab_rows_count(scene->rows); row++)
        many = many ||
               lab_rows_int(scene->rows, row, "depth") != lab_rows_int(scene->rows, 0, "depth");
    for (int by_depth = 0; by_depth < 1 + many; by_depth++)
        for (int head = 0; head < HEADS; head++)
            if (is_shown(scene->rows, head)) draw_blocks(scene, head, by_depth == 0);
    if (!many) lab_page_text(scene->page, "All these trunks have one depth.");
    for (int head = 0; head < HEADS; head++) {
        isize last = 0, count = 0;
        for (isize row = 0; row < lab_rows_count(scene->rows); row++) {
            if (!lab_row_is(scene->rows, row, "kind", heads[head])) continue;
            count++;
            last += lab_rows_int(scene->rows, row, "high") + 1 ==
                    lab_rows_int(scene->rows, row, "depth");
        }
        if (count > 0)
            lab_page_finding(scene->page,
                             "In %td of %td %s probes the last block is as good as the best one, "
                             "within the 95 %% interval of the difference on validation images.",
                             last, count, lab_way_at(lab_way_of(heads[head]))->name);
    }
}

/* ---- attentive and linear heads ---- */

void lab_render_attentive_linear(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    isize better = 0, pretrained = 0;
    lab_chart chart = {0};
    if (lab_rows_count(rows) == 0) {
        lab_page_text(scene->page, "No trunk was probed with heads of both kinds.");
        return;
    }
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        double linear = lab_rows_real(rows, row, "linear");
        double attentive = lab_rows_real(rows, row, "attentive");
        bool trained = lab_row_is(rows, row, "trunk", "pretrained");
        lab_look look = trained ? look_of(scene, row)
                                : (lab_look){"untrained", LAB_SVG_HUES - 1, LAB_SVG_SHAPES - 1};
        lab_chart_marker(
            &chart, look,
            lab_accuracy_point(100 * linear, attentive, lab_rows_real(rows, row, "test_images")));
        lab_chart_tip(&chart, "%s, probe %s: attentive %.2f %% (%s), linear %.2f %% (%s)",
                      look.label, lab_rows_text(rows, row, "probe_run"), 100 * attentive,
                      lab_rows_text(rows, row, "attentive_tap"), 100 * linear,
                      lab_rows_text(rows, row, "linear_tap"));
        pretrained += trained;
        better += trained && attentive > linear;
    }
    lab_chart_diagonal(&chart);
    lab_plot plot = {.about = "Test accuracy of the best attentive head against that of the best "
                              "linear head of the same trunk.",
                     .x = {.label = "linear head, test top-1, %"},
                     .y = {.label = "attentive head, test top-1, %"},
                     .width = 720,
                     .height = 440};
    lab_chart_put(&chart, scene->page, "attentive-linear", &plot);
    lab_page_finding(scene->page,
                     "In %td of %td probes of a trained trunk the attentive head is "
                     "above the linear one, each at its best tap.",
                     better, pretrained);
}

/* ---- the mean of the last blocks ---- */

static void draw_mean_last(const lab_scene *scene, int head)
{
    const lab_rows *rows = scene->rows;
    char name[64];
    lab_chart chart = {0};
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        if (!lab_row_is(rows, row, "kind", heads[head])) continue;
        double mean = lab_rows_real(rows, row, "mean_top1");
        double best = lab_rows_real(rows, row, "best_top1");
        lab_look look = look_of(scene, row);
        lab_chart_marker(
            &chart, look,
            lab_accuracy_point(100 * best, mean, lab_rows_real(rows, row, "test_images")));
        lab_chart_tip(
            &chart, "%s, probe %s: %s %.2f %%, best block %td %.2f %%, last block %.2f %%",
            look.label, lab_rows_text(rows, row, "probe_run"), lab_rows_text(rows, row, "tap"),
            100 * mean, lab_rows_int(rows, row, "best_block"), 100 * best,
            100 * lab_rows_real(rows, row, "last_top1"));
    }
    lab_chart_diagonal(&chart);
    lab_plot plot = {.title = titles[head],
                     .about = "Test accuracy on the mean of the last blocks against that on the "
                              "best single block.",
                     .x = {.label = "best block, test top-1, %"},
                     .y = {.label = "mean of the last blocks, test top-1, %"},
                     .width = WIDTH,
                     .height = HEIGHT};
    (void)snprintf(name, sizeof name, "mean-last-%s", heads[head]);
    lab_chart_put(&chart, scene->page, name, &plot);
}

void lab_render_mean_last(const lab_scene *scene)
{
    if (lab_rows_count(scene->rows) == 0) {
        lab_page_text(scene->page, "No probe read the mean of several blocks.");
        return;
    }
    for (int head = 0; head < HEADS; head++)
        if (is_shown(scene->rows, head)) draw_mean_last(scene, head);
}

static const lab_figure figures[] = {
    {"What this stands on", "contents", lab_render_contents, NULL},
    {NULL, "programs", lab_render_programs, NULL},
    {NULL, "data_sets", lab_render_data_sets, NULL},
    {"Probes left out", "excluded_probes", lab_render_table,
     "A stale probe read a checkpoint of its trunk that has been replaced since; the sweep that "
     "asked for it runs it again."},
    {"Accuracy by layer", "accuracy_by_layer", lab_render_accuracy_by_layer,
     "Test top-1 of the head whose learning rate and decay did best on validation images, with "
     "Wilson's 95 % interval of its test images; points are set apart sideways for legibility. "
     "Dashed: the same probes on an untrained trunk of the same width. Dotted: a linear classifier "
     "on raw pixels. Dash-dotted: probes made in another way, as their label says."},
    {"The best block", "best_blocks", lab_render_best_blocks,
     "One point a probe of a trained trunk: the block whose head did best on validation images. "
     "The "
     "bar reaches over all blocks between the first and the last whose validation accuracy is "
     "within the 95 % interval of the difference to the best one's (binomial errors, taken as "
     "independent; both saw the same images, so it is rather too long)."},
    {NULL, "best_block_summary", lab_render_table,
     "The bootstrap draws probes, 2000 times; none: fewer than 5 of them."},
    {"Attentive and linear heads", "attentive_linear", lab_render_attentive_linear,
     "One point a probe: each head at its own best tap, chosen on validation images; the bar is "
     "Wilson's 95 % interval of the attentive head's test images. Above the dotted line the "
     "attentive head is better."},
    {NULL, "attentive_linear_summary", lab_render_table,
     "The interval draws probes, whose differences vary with size, budget and seed; that all saw "
     "the same test images is not in it."},
    {"The mean of the last blocks", "mean_last", lab_render_mean_last,
     "One point a probe and tap that averages the last blocks, against the block that did best on "
     "validation images; the bar is Wilson's 95 % interval. Above the dotted line the mean is "
     "better than any single block that a reader would have chosen."},
    {NULL, "mean_last_summary", lab_render_table, NULL},
    {"What this report cannot say", "limits", lab_render_limits, NULL},
    {NULL, NULL, NULL, NULL}};

const lab_report lab_report_layers = {
    "layers",
    "patchlaw: which layer a probe should read",
    "probes of every layer: the best block by size and depth, attentive and linear heads, means",
    figures,
    NULL,
    NULL};
