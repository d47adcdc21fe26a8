/* What became of the data: the funnel of each curation, contamination, what was dropped, mixes. */
#include "report/chart.h"
#include "report/figure.h"
#include <math.h>
#include <string.h>

enum { WIDTH = 720, HEIGHT = 380 };

static bool begins(const lab_rows *rows, isize row, const char *column)
{
    return row == 0 || !lab_row_is(rows, row - 1, column, lab_rows_text(rows, row, column));
}

static void render_funnel(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    lab_chart chart = {0};
    int hue = -1;
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        const char *data = lab_rows_text(rows, row, "data");
        bool first = begins(rows, row, "data") || lab_row_is(rows, row, "step", "read");
        hue += first;
        if (first)
            lab_chart_series(&chart, (lab_series){.label = data,
                                                  .draw = LAB_SVG_LINE | LAB_SVG_POINTS,
                                                  .hue = hue,
                                                  .shape = hue});
        double left = lab_rows_real(rows, row, "left, %");
        isize place = 0;
        while (row - place > 0 && !lab_row_is(rows, row - place, "step", "read")) place++;
        lab_chart_point(&chart, (double)(place + 1), left, lab_chart_none());
        lab_chart_tip(&chart, "%s, after %s: %td of %td, %.2f %% of all", data,
                      lab_rows_text(rows, row, "step"), lab_rows_int(rows, row, "out"),
                      lab_rows_int(rows, row, "in"), left);
        if (lab_row_is(rows, row, "step", "rank"))
            lab_page_finding(scene->page, "%s: %td images are left, %.2f %% of what was read.",
                             data, lab_rows_int(rows, row, "out"), left);
    }
    lab_plot plot = {.about = "Share of the images that is left after each step of curation.",
                     .x = {.label = "step (1 read, 2 verify, 3 decode, 4 unsafe, 5 blur, 6 exact, "
                                    "7 near, 8 test, 9 rank)",
                           .whole = true},
                     .y = {.label = "images left, %"},
                     .width = WIDTH,
                     .height = HEIGHT};
    lab_chart_put(&chart, scene->page, "funnel", &plot);
    lab_render_table(scene);
}

static void render_contamination(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    isize images = 0, hits = 0;
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        if (begins(rows, row, "data")) images = hits = 0;
        images += lab_rows_int(rows, row, "images");
        hits += lab_rows_int(rows, row, "hits");
        bool last = row + 1 == lab_rows_count(rows) || begins(rows, row + 1, "data");
        if (last)
            lab_page_finding(scene->page,
                             "Contamination of %s: %td training images were pictures of %td "
                             "images of test splits, and are left out.",
                             lab_rows_text(rows, row, "data"), hits, images);
    }
    if (lab_rows_count(rows) == 0)
        lab_page_warning(scene->page, "No curation was held against a test split: whether training "
                                      "images are test images of the probes is not known.");
    lab_render_table(scene);
}

static void render_thumbs(const lab_scene *scene)
{
    const lab_rows *rows = scene->rows;
    if (lab_rows_count(rows) == 0) lab_page_text(scene->page, "None is kept.");
    for (isize row = 0; row < lab_rows_count(rows); row++) {
        if (begins(rows, row, "data") || begins(rows, row, "step"))
            lab_page_item(scene->page, lab_rows_text(rows, row, "step"), "%s: not so: %s",
                          lab_rows_text(rows, row, "data"), lab_rows_text(rows, row, "what"));
        lab_page_thumbnail(scene->page, lab_rows_text(rows, row, "key"),
                           lab_rows_text(rows, row, "jpeg"));
    }
}

static void render_mixes(const lab_scene *scene)
{
    if (lab_rows_count(scene->rows) == 0)
        lab_page_text(scene->page, "No run trained on a mix.");
    else
        lab_render_table(scene);
}

static const lab_figure figures[] = {
    {"What each step kept", "data_funnel", render_funnel,
     "Images of the training split. A step that did not run says why. What is counted without "
     "being dropped stands under why, too."},
    {"Contamination", "data_contamination", render_contamination,
     "Held against the test splits of the data sets that were in the data folder, and of no "
     "others. Near: at most 8 of 64 bits of the perceptual hash differ, and the low frequencies' "
     "cosine is at least 0.95."},
    {NULL, "data_hits", lab_render_table, "The first 100."},
    {"Some of what was dropped", "data_thumbs", render_thumbs,
     "Up to 8 of each step, the first in the source. Faces in boxes are blurred, and what the "
     "unsafe step dropped is in 8 x 8 blocks; what does not decode has no picture."},
    {"Mixes", "data_mixes", render_mixes,
     "Epochs: samples that the whole run takes from a source over its images."},
    {NULL, NULL, NULL, NULL}};

const lab_report lab_report_data = {
    "data",
    "patchlaw: what became of the data",
    "funnels of curations, contamination, pictures of what was dropped, epochs of mixes",
    figures,
    "data_contents",
    "The ledger holds no curation and no run of a mix yet: there is nothing to show. Make some "
    "with patchlaw data curate and patchlaw data mix, then make this page again."};
